"""Receive Opentill's webhooks and believe only those that are signed.

    SECRET=whsec_… python examples/webhook.py 9000

The secret is shown once, when the endpoint is made. Answer 2xx quickly and do the work
afterwards: an answer that is no 2xx, or none within 15 seconds, is tried again. The same
event may come twice; its `webhook-id` is the same both times, so remember what you did.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["SECRET"])
done: set[str] = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError as error:
            self.answer(400, str(error))
            return
        if self.headers["webhook-id"] not in done:
            done.add(self.headers["webhook-id"])
            intent = event["data"]["object"]
            print("verified", event["type"], intent["id"], intent["status"], flush=True)
        self.answer(204)

    def answer(self, status: int, text: str = "") -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing of requests that are not verified."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
