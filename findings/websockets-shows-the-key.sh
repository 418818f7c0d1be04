#!/bin/sh
# Surprise: websockets repeats a header that it cannot send in the text of its error, the API key for one. A key read from
# a file with a line too many, or pasted with a character that is no Latin one, ends up in the log of whoever logs
# str(error), as one does with errors of a connection.
#
# Seen with websockets 17.4, Python 3.11, Debian 12:
#   InvalidHeaderValue: invalid Authorization header: Bearer sk-secret
#   second line
# Exits with 1 when that changes. Loopback only; takes a few seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check websockets==17.4

cat >"$folder/shown.py" <<'PYTHON'
import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidHeaderValue


async def quiet(socket):
    await socket.wait_closed()


async def main():
    async with serve(quiet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        headers = {"Authorization": "Bearer sk-secret\nsecond line"}
        try:
            await connect(f"ws://127.0.0.1:{port}/", additional_headers=headers, proxy=None)
        except InvalidHeaderValue as error:
            print(f"{type(error).__name__}: {error}")
            return "sk-secret" in str(error)
    return False


sys.exit(0 if asyncio.run(main()) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
