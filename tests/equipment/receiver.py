"""Somebody's HTTP server that is told something: it answers as it is told to, and keeps what came."""

from __future__ import annotations

import http.server
import threading

Answer = tuple[int, dict[str, str]]


class Receiver:
    """A server that answers as it is told, the last answer for ever, and keeps what came."""

    def __init__(self, *answers: Answer, port: int = 0) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        told = list(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805 - the library's names; `self` is the receiver
                length = int(handler.headers["content-length"])
                lower = {name.lower(): value for name, value in handler.headers.items()}
                self.came.append((lower, handler.rfile.read(length)))
                status, more = told.pop(0) if len(told) > 1 else told[0]
                handler.send_response(status)
                for name, value in more.items():
                    handler.send_header(name, value)
                handler.send_header("content-length", "0")
                handler.end_headers()

            do_PUT = do_POST  # noqa: N815 - the library's names

            def log_message(self, *_words: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def ids(self) -> list[str]:
        """The ids of what came, in its order."""
        return [told["webhook-id"] for told, _ in self.came]
