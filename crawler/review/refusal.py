"""What the desk refuses or cannot do, as a message in both languages."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """Ends a request: the sentence `message_id` says what happened, `<message_id>.do` what to do.

    `params` are the parameters of both. It is shown as a page to a browser and as JSON to everything else.
    """

    def __init__(self, status: int, message_id: str, **params: Any) -> None:
        super().__init__(message_id)
        self.status = status
        self.message_id = message_id
        self.params = params
