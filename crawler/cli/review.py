"""`pantau review`: the review desk in a browser."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import click

from crawler.cli import options
from crawler.cli.telling import say
from crawler.errors import ConfigError
from crawler.fleet.config import FILE
from crawler.lib.i18n import detect, translate

_DEFAULT_PORT = 8731


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
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The pantau.toml whose targets may be started; unless given, pantau.toml here if there is one.",
)
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Certificate chain (PEM) for TLS.",
)
@click.option(
    "--tls-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Its private key (PEM).",
)
@click.option("--behind-proxy", is_flag=True, help="A proxy with TLS stands before the desk.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A host name by which browsers reach the desk; may be given several times.",
)
@options.language
def command(
    *,
    host: str,
    port: int,
    snapshots: Path,
    targets: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: bool,
    names: tuple[str, ...],
    lang: str,
) -> int:
    """Open the review desk: start crawls, watch them, decide on evidence.

    On this machine alone it prints an address with a token, which opens it; nobody else reaches it. For
    others it wants accounts (pantau user add) and TLS: --tls-cert with --tls-key, or --behind-proxy.
    Ctrl-C ends it.
    """
    from crawler.review.desk import DESK_FOLDER, Desk  # noqa: PLC0415 - what serves takes a second to load
    from crawler.review.server import Listening, address_of, entrance_of, serve  # noqa: PLC0415 - as above
    from crawler.store.accounts import Accounts  # noqa: PLC0415 - as above
    from crawler.store.custody import Custody  # noqa: PLC0415 - as above

    words = translate(detect())
    listening = Listening(host, port or _free_port(host), tls_cert, tls_key, behind_proxy, names)
    folder = snapshots / DESK_FOLDER
    accounts = Accounts(folder / "accounts.db")
    entrance = entrance_of(listening, accounts)
    default_targets = Path(FILE)
    desk = Desk(
        snapshots=snapshots,
        accounts=accounts,
        custody=Custody(folder),
        targets=targets or (default_targets if default_targets.is_file() else None),
        lang="en" if lang == "en" else "id",
        entrance=entrance,
    )
    say(words("cli.review.open", address=address_of(listening, entrance)))
    serve(desk, listening)
    return 0


def _free_port(host: str) -> int:
    """Return a port that nobody listens on."""
    try:
        with closing(socket.create_server((host, 0), family=_family(host))) as taken:
            return int(taken.getsockname()[1])
    except OSError as error:
        raise ConfigError(
            f"--host {host}: {error.strerror}.", hint="Name an address of this machine."
        ) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
