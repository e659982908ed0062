"""A desk that is really served, in a thread, on loopback."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crawler.review.server import Listening, bind, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.review.desk import Desk


@contextmanager
def served(desk: Desk, listening: Listening | None = None) -> Iterator[int]:
    """Serve a desk and yield its port."""
    place, listening = bind(listening or Listening(port=0))
    server = server_of(desk, listening)
    thread = threading.Thread(target=lambda: server.run(sockets=[place]))
    thread.start()
    try:
        yield listening.port
    finally:
        server.should_exit = True
        thread.join()
        place.close()
