"""An object storage of one's own that speaks S3: moto's server, a process beside the tests."""

from __future__ import annotations

import functools
import http.client
import socket
import threading
from contextlib import suppress
from typing import Any

import boto3

from gateway.records.settings import UploadSettings
from tests.equipment import patience
from tests.equipment.process import Process, python

BUCKET = "recordings"
KEYS = {"OUR_S3_KEY": "AKIATEST", "OUR_S3_SECRET": "secret-of-the-storage"}
"""What the settings refer to, in the environment."""


class ObjectStorage(Process):
    """A server with one empty bucket, on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(python("-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)))
        self._reached()
        self.empty()

    def _reached(self) -> None:
        """Wait until it answers."""
        for _ in range(300):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            threading.Event().wait(patience.seconds(0.1))
        raise AssertionError(f"the storage does not answer\n{self.tail()}")

    @property
    def settings(self) -> UploadSettings:
        """How a gateway reaches it."""
        return UploadSettings.model_validate(self.written)

    @property
    def written(self) -> dict[str, str]:
        """The same as in gateway.yaml."""
        return {
            "url": f"s3://{BUCKET}/calls",
            "endpoint": f"http://127.0.0.1:{self.port}",
            "access_key": "${OUR_S3_KEY}",
            "secret_key": "${OUR_S3_SECRET}",
        }

    def ask(self, method: str, path: str) -> bytes:
        """Ask it something, as nobody in particular."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def empty(self) -> None:
        """Forget everything, and make the bucket again."""
        self.ask("POST", "/moto-api/reset")
        self.ask("PUT", f"/{BUCKET}")

    def get(self, name: str) -> bytes:
        """Return a file of the bucket."""
        body: bytes = self._client.get_object(Bucket=BUCKET, Key=f"calls/{name}")["Body"].read()
        return body

    def names(self) -> list[str]:
        """Return the names of all files in the bucket."""
        listed = self._client.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return sorted(one["Key"] for one in listed)

    @functools.cached_property
    def _client(self) -> Any:
        """Somebody else's client, who is who the gateway is."""
        key, secret = KEYS.values()
        known = {"aws_access_key_id": key, "aws_secret_access_key": secret, "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.port}", **known)
