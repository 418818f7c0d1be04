"""What happens is heard once and told to everybody, over restarts of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import orjson

from gateway.api import news as module
from gateway.api.news import News
from tests.equipment import patience


class Telling:
    """Stands in for a gateway that is watched."""

    def __init__(self) -> None:
        self._writer: asyncio.StreamWriter | None = None
        self.watched = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"id":1,"ok":null}\n')
        self._writer = writer
        self.watched.set()
        await reader.read()
        writer.close()

    def tell(self, call: str, what: str) -> None:
        """Let something happen."""
        assert self._writer is not None
        told = {"call": call, "at": "now", "what": what, "is": {}}
        self._writer.write(orjson.dumps({"watched": told}) + b"\n")


async def names(lines: AsyncIterator[bytes], until: Callable[[list[str]], object]) -> list[str]:
    """Return the names of what is told, until they are all there."""
    found: list[str] = []
    async with patience.within(5):
        while not until(found):
            text = (await anext(lines)).decode()
            found += [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event")]
    return found


async def test_one_watcher_for_many(tmp_path: Path) -> None:
    """Each hears what it wants; a listener that stops is counted no more."""
    telling, news = Telling(), News(tmp_path / "s")
    async with await asyncio.start_unix_server(telling, tmp_path / "s"), news.following():
        async with patience.within(5):
            await telling.watched.wait()
        one, all_of_them = news.listen(lambda line: line.call == "a"), news.listen(lambda _line: True)
        for lines in (one, all_of_them):
            await anext(lines)
        for call, what in (("a", "Digit"), ("b", "Held"), ("a", "Resumed")):
            telling.tell(call, what)
        assert await names(all_of_them, lambda found: len(found) == 3) == ["Digit", "Held", "Resumed"]
        assert await names(one, lambda found: len(found) == 2) == ["Digit", "Resumed"]
        assert news._listeners == 2
        for lines in (one, all_of_them):
            await lines.aclose()  # type: ignore[attr-defined] # it is a generator
        assert news._listeners == 0


async def test_a_gateway_that_comes_and_goes(tmp_path: Path) -> None:
    """That is told, too; what happens afterwards is heard."""
    telling, news = Telling(), News(tmp_path / "s")
    module.AGAIN_S, before = 0.05, module.AGAIN_S
    try:
        async with news.following():
            lines = news.listen(lambda _line: True)
            await anext(lines)
            assert await names(lines, lambda found: found) == ["GatewayAway"]
            server = await asyncio.start_unix_server(telling, tmp_path / "s")
            async with patience.within(5):
                await telling.watched.wait()
            telling.tell("a", "Digit")
            assert await names(lines, lambda found: len(found) == 2) == ["GatewayBack", "Digit"]
            server.close()
            news.close()
            assert [line async for line in lines] == []
    finally:
        module.AGAIN_S = before


async def test_silence_is_not_the_end(tmp_path: Path) -> None:
    """A comment now and then keeps proxies from closing the stream."""
    news = News(tmp_path / "s")
    module.ALIVE_S, before = 0.05, module.ALIVE_S
    try:
        lines = news.listen(lambda _line: True)
        assert [await anext(lines) for _ in range(3)][1:] == [b": alive\n\n"] * 2
    finally:
        module.ALIVE_S = before
