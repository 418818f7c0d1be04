"""A headless Chromium, asked over its DevTools protocol: for proofs of pages."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import websockets

from tests.equipment import patience

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


def found() -> str | None:
    """Return where Chromium is; None if it is not installed (Debian: chromium)."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Page:
    """One tab. Each method raises AssertionError with the browser's words."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.said: list[str] = []
        """Errors and exceptions of the page."""

    async def command(self, method: str, **about: Any) -> dict[str, Any]:
        """Do one thing of the protocol, and return its answer."""
        self._number += 1
        await self._connection.send(json.dumps({"id": self._number, "method": method, "params": about}))
        async with patience.within(20):
            while True:
                told = json.loads(await self._connection.recv())
                self._note(told)
                if told.get("id") == self._number:
                    assert "error" not in told, told
                    answer: dict[str, Any] = told["result"]
                    return answer

    def _note(self, told: dict[str, Any]) -> None:
        about = told.get("params", {})
        if told.get("method") == "Runtime.exceptionThrown":
            self.said.append(str(about["exceptionDetails"].get("exception", {}).get("description", about)))
        elif told.get("method") == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.said.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")

    async def open(self, url: str) -> None:
        """Go there."""
        answer = await self.command("Page.navigate", url=url)
        assert not answer.get("errorText"), answer

    async def run(self, script: str) -> Any:
        """Evaluate an expression, awaited, in the page; return its value."""
        answer = await self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str, seconds: float = 10) -> Any:
        """Wait until an expression is true; return its value."""
        try:
            async with patience.within(seconds):
                while not (value := await self.run(script)):  # noqa: ASYNC110 - the page says nothing by itself
                    await asyncio.sleep(0.05)
                return value
        except TimeoutError:
            text = await self.run("document.body.innerText")
            raise AssertionError(f"never true: {script}\n{text}\n{self.said}") from None

    async def text(self, words: str) -> None:
        """Wait until these words are to be read."""
        await self.until(f"document.body?.innerText.includes({json.dumps(words)})")

    async def press(self, words: str) -> None:
        """Press the button, or follow the link, with these words."""
        wanted = json.dumps(words)
        await self.until(
            "(() => { const found = [...document.querySelectorAll('button, a')]"
            f".find((one) => one.innerText.trim() === {wanted} && !one.disabled);"
            " found?.click(); return Boolean(found); })()"
        )

    async def fill(self, label: str, text: str) -> None:
        """Write a text into the field with this label, and send its form."""
        about = json.dumps(label), json.dumps(text)
        await self.until(
            "(() => { const found = [...document.querySelectorAll('label')]"
            f".find((one) => one.innerText.trim().startsWith({about[0]}));"
            " const field = found?.querySelector('input, textarea');"
            " if (!field || field.disabled) return false;"
            f" field.value = {about[1]}; field.dispatchEvent(new Event('input', {{bubbles: true}}));"
            " field.form.requestSubmit(); return true; })()"
        )

    async def key(self, name: str, code: int = 9) -> None:
        """Press a key, Tab if nothing else is said."""
        for kind in ("keyDown", "keyUp"):
            about = {"key": name, "code": name, "windowsVirtualKeyCode": code}
            await self.command("Input.dispatchKeyEvent", type=kind, **about)

    async def look(self, *, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        """Have the page so wide, and light or dark."""
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.command("Emulation.setEmulatedMedia", features=features)

    async def screenshot(self, file: Path) -> None:
        """Keep the whole page as it is seen."""
        layout = await self.command("Page.getLayoutMetrics")
        whole = {"x": 0, "y": 0, **{side: layout["cssContentSize"][side] for side in ("width", "height")}}
        about = {"captureBeyondViewport": True, "clip": whole | {"scale": 1}}
        answer = await self.command("Page.captureScreenshot", format="png", **about)
        await asyncio.to_thread(file.write_bytes, base64.b64decode(answer["data"]))


@contextmanager
def _started() -> Iterator[Path]:
    """Run one, and return where it says its port."""
    program = found()
    assert program is not None, "Chromium is not installed: sudo apt-get install chromium"
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        command = [program, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                yield Path(folder, "DevToolsActivePort")
            finally:
                running.terminate()


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """Run one with an empty tab, as long as the block lasts."""
    with _started() as told:
        async with patience.within(30):
            while not (port := _port(told)):  # noqa: ASYNC110 - another program's file
                await asyncio.sleep(0.05)
        address = await asyncio.to_thread(_tab, port)
        async with websockets.connect(address, max_size=None, proxy=None, compression=None) as connection:
            page = Page(connection)
            for area in ("Page", "Runtime", "Log"):
                await page.command(f"{area}.enable")
            yield page


def _port(file: Path) -> int:
    words = file.read_text().split() if file.exists() else []
    return int(words[0]) if words else 0


def _tab(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        return next(str(one["webSocketDebuggerUrl"]) for one in json.load(answer) if one["type"] == "page")
