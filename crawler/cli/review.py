"""`pantau review`: the review desk in a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli import options
from crawler.cli.refresh import refresh_if_possible
from crawler.cli.telling import say
from crawler.errors import ConfigError
from crawler.fleet.config import FILE
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from crawler.review.desk import OidcProvider

_DEFAULT_PORT = 8731
_SECRET = "PANTAU_OIDC_SECRET"  # noqa: S105 - the name of a variable
_file = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("review")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--snapshots",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("snapshots"),
    show_default=True,
    help="Folder of the evidence bundles.",
)
@click.option(
    "--targets",
    type=_file,
    metavar="FILE",
    help="The pantau.toml whose targets may be started; unless given, the one here if there is one.",
)
@click.option(
    "--nights",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("nights"),
    show_default=True,
    help="Folder of the nights' records.",
)
@click.option("--tls-cert", type=_file, metavar="FILE", help="Certificate chain (PEM) for TLS.")
@click.option("--tls-key", type=_file, metavar="FILE", help="Its private key (PEM).")
@click.option("--behind-proxy", is_flag=True, help="A proxy with TLS stands before the desk.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A host name by which browsers reach the desk; may be given several times.",
)
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="From where a proxy is believed: an address or a network; may be given several times.",
)
@click.option(
    "--user-header",
    metavar="HEADER",
    help="The header in which such a proxy names the account of whom it let in, such as X-Remote-User.",
)
@click.option("--oidc-issuer", metavar="URL", help="An OpenID Connect provider that says who somebody is.")
@click.option(
    "--oidc-client",
    metavar="ID",
    help=f"What the provider calls the desk; its secret comes by {_SECRET}.",
)
@click.option(
    "--oidc-claim",
    default="email",
    show_default=True,
    metavar="CLAIM",
    help="The claim that holds the account's name; an e-mail address counts only if it is verified.",
)
@options.language
def command(
    *, port: int, snapshots: Path, targets: Path | None, nights: Path, lang: str, **given: Any
) -> int:
    """Open the review desk: start crawls, watch them, decide on evidence.

    On this machine alone it prints an address with a token, which opens it; nobody else reaches it. For
    others it wants accounts (pantau user add) and TLS: --tls-cert with --tls-key, or --behind-proxy.
    Ctrl-C ends it.
    """
    from crawler.review.desk import DESK_FOLDER, Desk  # noqa: PLC0415 - what serves takes a second to load
    from crawler.review.server import Listening, address_of, bind, entrance_of, serve  # noqa: PLC0415 - as above
    from crawler.store.accounts import FILE as ACCOUNTS  # noqa: PLC0415 - as above
    from crawler.store.accounts import Accounts  # noqa: PLC0415 - as above
    from crawler.store.custody import Custody  # noqa: PLC0415 - as above

    words = translate(detect())
    issuer, client, claim = given.pop("oidc_issuer"), given.pop("oidc_client"), given.pop("oidc_claim")
    listening = Listening(port=port, oidc=_oidc(issuer, client, claim), **given)
    folder = snapshots / DESK_FOLDER
    accounts = Accounts(folder / ACCOUNTS)
    accounts.forget_old_sessions()
    entrance_of(listening, accounts)  # before anybody is let connect
    place, listening = bind(listening)
    entrance = entrance_of(listening, accounts)
    desk = Desk(
        snapshots=snapshots,
        accounts=accounts,
        custody=Custody(folder),
        targets=targets or (Path(FILE) if Path(FILE).is_file() else None),
        nights=nights,
        lang="en" if lang == "en" else "id",
        entrance=entrance,
    )
    refresh_if_possible(snapshots, words)  # what came from a terminal, or was indexed by another version
    say(words("cli.review.open", address=address_of(listening, entrance)))
    serve(desk, listening, place)
    return 0


def _oidc(issuer: str | None, client: str | None, claim: str) -> OidcProvider | None:
    """Return the provider that was named; its secret is never on the command line."""
    if issuer is None and client is None:
        return None
    from crawler.review.desk import OidcProvider  # noqa: PLC0415 - as above

    secret = os.environ.get(_SECRET, "")
    if issuer is None or client is None or not secret:
        raise ConfigError(
            f"--oidc-issuer, --oidc-client and the variable {_SECRET} belong together.",
            hint="Name all three, as the provider gave them to you.",
        )
    return OidcProvider(issuer.rstrip("/"), client, secret, claim)
