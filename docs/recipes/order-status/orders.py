"""A shop's server for trying, which knows one order: `SHOP_TOKEN=secret python orders.py [PORT]`."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ORDERS = {"12345": {"order": {"status": "on its way", "delivery": {"day": "Tuesday"}}}}


class Shop(BaseHTTPRequestHandler):
    """Answers GET /orders/NUMBER."""

    def do_GET(self) -> None:
        """Tell of an order."""
        if self.headers["Authorization"] != f"Bearer {os.environ['SHOP_TOKEN']}":
            self.answer(401, {"message": "who are you?"})
        elif (order := ORDERS.get(self.path.removeprefix("/orders/"))) is None:
            self.answer(404, {"message": "there is no such order"})
        else:
            self.answer(200, order)

    def answer(self, status: int, data: object) -> None:
        """Send JSON."""
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8700
    ThreadingHTTPServer(("127.0.0.1", port), Shop).serve_forever()
