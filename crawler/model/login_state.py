"""What a person's own log-in left in a browser: a storage state, as Playwright writes one.

    playwright open --save-storage=sessions/toko-a.json https://www.tokopedia.com/

The file stays where it is. Its values are set in the browser of a run and learned as secrets before anything
is recorded; nothing of it is copied into a bundle, a queue or a log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 8 * 2**20
AT_THE_END = -1  # as Playwright writes it: the cookie lasts until the browser ends
_AGAIN = "Log in once more and write the file anew: `playwright open --save-storage=FILE ADDRESS`."


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class LoginCookie(_Entry):
    """One cookie; `expires` is in seconds since 1970, or `AT_THE_END`."""

    name: str
    value: str
    domain: str
    path: str = "/"
    expires: Annotated[float, Field(allow_inf_nan=False)] = AT_THE_END
    httpOnly: bool = False  # noqa: N815 - as Playwright spells it
    secure: bool = False
    sameSite: Literal["Strict", "Lax", "None"] = "Lax"  # noqa: N815 - as above

    def lasts_beyond(self, now_s: float) -> bool:
        """Say whether a browser would still send it."""
        return self.expires == AT_THE_END or self.expires > now_s


class StoredPair(_Entry):
    """One entry of an origin's local storage."""

    name: str
    value: str


class OriginStorage(_Entry):
    """The local storage of an origin."""

    origin: str
    localStorage: tuple[StoredPair, ...] = ()  # noqa: N815 - as Playwright spells it


class LoginState(_Entry):
    """A storage state: what of it is of use in another browser."""

    cookies: Annotated[tuple[LoginCookie, ...], Field(max_length=10_000)] = ()
    origins: Annotated[tuple[OriginStorage, ...], Field(max_length=1_000)] = ()

    @property
    def values(self) -> Iterator[str]:
        """Every value in it: they are secrets."""
        yield from (cookie.value for cookie in self.cookies)
        yield from (pair.value for origin in self.origins for pair in origin.localStorage)

    def has_lapsed(self, now_s: float) -> bool:
        """Say whether nothing in it holds any more: no cookie lasts, and there is no local storage."""
        lasts = any(cookie.lasts_beyond(now_s) for cookie in self.cookies)
        return not lasts and not any(origin.localStorage for origin in self.origins)

    def playwrights(self) -> dict[str, Any]:
        """Return it as Playwright takes it."""
        return self.model_dump(mode="json")


def read_login_state(path: Path, now_s: float) -> LoginState:
    """Read the file of a log-in.

    Args:
        path: The file.
        now_s: The present, in seconds since 1970.

    Raises:
        ConfigError: it is not there, is no storage state, or has lapsed; no value of it is told.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.", hint=_AGAIN) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path} has more than {MAX_BYTES} bytes: it is no storage state.", hint=_AGAIN)
    try:
        state = LoginState.model_validate_json(data)
    except (ValidationError, RecursionError):
        raise ConfigError(f"{path} is no storage state of Playwright's.", hint=_AGAIN) from None
    if state.has_lapsed(now_s):
        raise ConfigError(f"{path} has lapsed: no cookie in it lasts any more.", hint=_AGAIN)
    return state
