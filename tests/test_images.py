"""Images for a model to look at."""

import base64
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway import images
from gateway.errors import BadInput

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"
JPEG = b"\xff\xd8\xff\xe0" + b"rest"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server with the test's folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
async def test_a_file_is_known_by_its_beginning(tmp_path: Path, data: bytes, kind: str) -> None:
    """Whatever its name says."""
    file = tmp_path / "picture.txt"
    file.write_bytes(data)
    assert await images.data_url(file) == f"data:{kind};base64,{base64.b64encode(data).decode()}"


async def test_an_address_is_fetched(tmp_path: Path, web: str) -> None:
    """Once, without redirects."""
    (tmp_path / "a.png").write_bytes(PNG)
    assert (await images.data_url(f"{web}/a.png", trusted=True)).startswith("data:image/png;base64,")


async def test_what_is_no_image_is_refused(tmp_path: Path, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, of another type, too large, not answered."""
    monkeypatch.setattr(images, "MAX_BYTES", 16)
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    (tmp_path / "big.png").write_bytes(PNG * 10)
    for source in (tmp_path / "none.png", tmp_path / "a.gif", tmp_path / "big.png"):
        with pytest.raises(BadInput) as raised:
            await images.data_url(source)
        assert raised.value.where == str(source)
    for address in (f"{web}/none.png", f"{web}/a.gif", f"{web}/big.png", "http://127.0.0.1:1/a.png"):
        with pytest.raises(BadInput):
            await images.data_url(address, trusted=True)


async def test_an_address_that_nobody_vouches_for_is_public(tmp_path: Path, web: str) -> None:
    """What a stranger names does not make the gateway look at its own network."""
    (tmp_path / "a.png").write_bytes(PNG)
    with pytest.raises(BadInput, match="public internet"):
        await images.data_url(f"{web}/a.png")


def test_a_fault_is_told_before_a_call_needs_the_image(tmp_path: Path) -> None:
    """What the dialplan's check says of a file."""
    file = tmp_path / "a.png"
    assert "No such file" in images.fault(file)
    file.write_bytes(b"GIF89a")
    assert "PNG or JPEG" in images.fault(file)
    file.write_bytes(PNG)
    assert images.fault(file) == ""
