"""How long the desk waits for somebody to say what they want.

uvicorn bounds the time between two requests, and not the time that a request's head may take: whoever opens
connections and sends a byte now and then would hold them all.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle

HEAD_WITHIN_S = 10.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose next request has not been told whole in time."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; a request that is told whole is waited for no more."""
        if self._patience is None and not self._is_answering():
            self._wait()
        super().data_received(data)
        if self._is_answering():
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._rest()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._patience = asyncio.get_running_loop().call_later(HEAD_WITHIN_S, self._give_up)

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self._is_answering():
            self.transport.close()
