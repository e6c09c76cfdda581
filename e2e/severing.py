"""A wire between a browser and the server that can be cut while it is in use."""

import socket
import threading
from contextlib import suppress
from types import TracebackType

CHUNK_BYTES = 65_536
BACKLOG = 64
# Every event that reaches the page, once, and every time the stream opens.
EARS = """
window.ids = [];
window.opened = [];
window.EventSource = class extends EventSource {
  heard = new Set();
  constructor(...how) {
    super(...how);
    super.addEventListener("open", () => opened.push(performance.timeOrigin + performance.now()));
  }
  addEventListener(type, listener) {
    if (type !== "progress" && !this.heard.has(type)) {
      this.heard.add(type);
      super.addEventListener(type, (event) => ids.push(+event.lastEventId));
    }
    super.addEventListener(type, listener);
  }
};
"""


class Severing:
    """Passes bytes both ways on a port of its own."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._to = (host, int(port))
        self._door = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def sever(self) -> None:
        """Cut every connection there is; new ones are welcome."""
        with self._lock:
            ends, self._open = self._open, []
        for one in ends:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):  # until the door is closed
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._to)
                with self._lock:
                    self._open += [near, far]
                for here, there in ((near, far), (far, near)):
                    threading.Thread(target=_pass, args=(here, there), daemon=True).start()

    def __enter__(self) -> "Severing":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.shutdown(socket.SHUT_RDWR)  # wakes who waits at it
        self._door.close()
        self.sever()


def _pass(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while said := here.recv(CHUNK_BYTES):
            there.sendall(said)
    for one in (here, there):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
