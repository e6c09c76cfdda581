"""Another site: pages and files of its own, on an origin and under a policy of its own."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class Host:
    """A web server for what a test puts into `files`: path to (type, body), and one policy."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.policy = ""
        self.asked: list[tuple[str, str | None]] = []  # each path, and its Authorization
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                host.asked.append((path, self.headers.get("Authorization")))
                kind, body = host.files.get(path, ("text/plain", b""))
                self.send_response(200 if path in host.files else 404)
                self.send_header("Content-Type", kind)
                if host.policy:
                    self.send_header("Content-Security-Policy", host.policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Host":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
