"""Logging in by an OpenID Connect provider: authorization code with PKCE, state, nonce; by Authlib.

What was begun waits in memory, bound to the browser by a cookie, for ten minutes; a desk that was started
again has forgotten it, and the person begins again.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler import logs
from crawler.errors import ConfigError
from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from crawler.review.desk import OidcProvider

_WAITS_S = 600.0
_MAX_WAITING = 1_000
_TIMEOUT_S = 10.0
_CLOCKS_APART_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = logs.get("oidc")


@dataclass(frozen=True)
class Begun:
    """A log-in that was begun: where to send the browser, and the key to bind it with."""

    address: str
    browser_key: str


@dataclass(frozen=True)
class _Waiting:
    browser_key: str
    verifier: str
    nonce: str
    redirect_uri: str
    following: str
    until: float


class OidcLogIn:
    """Sends people to one provider and takes them back."""

    def __init__(self, provider: OidcProvider) -> None:
        """Take a provider; it is asked when somebody first logs in.

        Raises:
            ConfigError: Authlib is not installed, or the provider would be reached without TLS.
        """
        if find_spec("authlib") is None:
            raise ConfigError("--oidc-issuer needs Authlib.", hint="Install it: pip install 'pantau[oidc]'")
        place = urlsplit(provider.issuer)
        if place.scheme != "https" and place.hostname not in _LOOPBACK:
            raise ConfigError(
                f"--oidc-issuer {provider.issuer}: not reached by TLS.", hint="Name it with https://."
            )
        self._provider = provider
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()

    def begin(self, redirect_uri: str, following: str) -> Begun:
        """Begin a log-in.

        Args:
            redirect_uri: Where the provider sends the browser back to.
            following: The page to lead to then.

        Raises:
            Refusal: 502 where the provider cannot be reached, 503 where too many wait.
        """
        verifier, nonce, key = (secrets.token_urlsafe(48) for _ in range(3))
        with self._session(redirect_uri) as session:
            found = self._discovered(session)
            address, state = session.create_authorization_url(
                found["authorization_endpoint"], code_verifier=verifier, nonce=nonce
            )
        self._keep(
            state, _Waiting(key, verifier, nonce, redirect_uri, following, time.monotonic() + _WAITS_S)
        )
        return Begun(address, key)

    def finish(self, state: str, code: str, browser_key: str) -> tuple[str, str]:
        """Take somebody back and return the account's name that the provider vouches for, and where to lead.

        Raises:
            Refusal: 403 where the log-in was not begun in this browser, or the provider does not vouch for a
                name; 502 where it cannot be reached.
        """
        with self._lock:
            waiting = self._waiting.pop(state, None)
        if waiting is None or time.monotonic() > waiting.until:
            raise Refusal(403, "desk.refusal.oidc-state")
        if not hmac.compare_digest(waiting.browser_key.encode(), browser_key.encode()):
            raise Refusal(403, "desk.refusal.oidc-state")
        return self._name(self._claims(waiting, code)), waiting.following

    def _keep(self, state: str, waiting: _Waiting) -> None:
        with self._lock:
            now = time.monotonic()
            self._waiting = {key: each for key, each in self._waiting.items() if each.until > now}
            if len(self._waiting) >= _MAX_WAITING:
                raise Refusal(503, "desk.refusal.oidc-crowded")
            self._waiting[state] = waiting

    def _session(self, redirect_uri: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - an extra

        return OAuth2Session(
            self._provider.client_id,
            self._provider.client_secret,
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            default_timeout=_TIMEOUT_S,
        )

    def _discovered(self, session: Any) -> dict[str, str]:
        """Return what the provider says of itself; it has to call itself what the desk was told."""
        found = _fetch(session, f"{self._provider.issuer}/.well-known/openid-configuration")
        if found.get("issuer", "").rstrip("/") != self._provider.issuer:
            raise Refusal(502, "desk.refusal.oidc-provider")
        return found

    def _claims(self, waiting: _Waiting, code: str) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - an extra
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - an extra
        from joserfc import jwt  # noqa: PLC0415 - comes with Authlib
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above
        from joserfc.jwk import KeySet  # noqa: PLC0415 - as above
        from requests import RequestException  # noqa: PLC0415 - as above

        try:
            with self._session(waiting.redirect_uri) as session:
                found = self._discovered(session)
                token = session.fetch_token(
                    found["token_endpoint"], code=code, code_verifier=waiting.verifier
                )
                published: Any = _fetch(session, found["jwks_uri"])
                keys = KeySet.import_key_set(published)
                signed = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
                claims = CodeIDToken(
                    signed.claims,
                    signed.header,
                    options={"iss": {"value": found["issuer"]}, "aud": {"value": self._provider.client_id}},
                    params={
                        "nonce": waiting.nonce,
                        "client_id": self._provider.client_id,
                        "access_token": token.get("access_token"),
                    },
                )
                claims.validate(leeway=_CLOCKS_APART_S)
                return self._with_user_info(dict(claims), session, found)
        except (AuthlibBaseError, JoseError, RequestException, KeyError, ValueError) as error:
            log.warning("a log-in by the provider failed", kind=type(error).__name__, said=str(error)[:300])
            raise Refusal(403, "desk.refusal.oidc-token") from error

    def _with_user_info(self, claims: dict[str, Any], session: Any, found: dict[str, str]) -> dict[str, Any]:
        """Ask for what the token does not say; it has to be of the same person."""
        if self._provider.claim in claims or "userinfo_endpoint" not in found:
            return claims
        more = _fetch(session, found["userinfo_endpoint"], withhold_token=False)
        if more.get("sub") != claims["sub"]:
            raise ValueError("the user info is somebody else's")
        return more | claims

    def _name(self, claims: dict[str, Any]) -> str:
        name = claims.get(self._provider.claim)
        is_vouched = self._provider.claim != "email" or claims.get("email_verified") is True
        if not isinstance(name, str) or not name or not is_vouched:
            raise Refusal(403, "desk.refusal.oidc-name", claim=self._provider.claim)
        return name.strip().lower()


def _fetch(session: Any, address: str, *, withhold_token: bool = True) -> dict[str, Any]:
    """Fetch a JSON document of the provider, without following it elsewhere."""
    from requests import RequestException  # noqa: PLC0415 - comes with Authlib

    try:
        answer = session.get(address, withhold_token=withhold_token, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (RequestException, ValueError) as error:
        log.warning("the provider cannot be asked", address=address, said=str(error)[:300])
        raise Refusal(502, "desk.refusal.oidc-provider") from error
    if not isinstance(found, dict):
        raise Refusal(502, "desk.refusal.oidc-provider")
    return found
