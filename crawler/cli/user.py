"""`pantau user`: the accounts of the review desk. A password is asked for, or read from standard input."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import TypeAdapter, ValidationError

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.errors import AccountError
from crawler.lib.i18n import detect, translate
from crawler.model.account import Account, AccountName, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.store.accounts import Accounts

_NAME = TypeAdapter(AccountName)
_snapshots = click.option(
    "--snapshots",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("snapshots"),
    show_default=True,
    help="Folder of the evidence bundles; the accounts are in .desk in it.",
)
_name = click.argument("name")


@click.group("user")
def command() -> None:
    """Keep the accounts of the review desk: who may look, start runs, decide, administer."""


@command.command("add")
@_name
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="What the person may do; may be given several times.",
)
@click.option(
    "--no-password",
    is_flag=True,
    help="For who comes in by a proxy or an identity provider.",
)
@_snapshots
def add(*, name: str, roles: tuple[str, ...], no_password: bool, snapshots: Path) -> int:
    """Add an account. Its password is asked for twice, or read as one line from standard input."""
    from crawler.review.passwords import hash_password  # noqa: PLC0415 - only here it has to be loaded

    words, accounts = translate(detect()), _accounts(snapshots)
    name = _checked(name)
    accounts.check_free(name)
    kept = None if no_password else hash_password(_password(words))
    roles_given = tuple(role for role in Role if role.value in roles)
    accounts.add(Account(name=name, roles=roles_given, created=datetime.now(UTC), password_hash=kept))
    _note(snapshots, "account.added", name, roles=list(roles_given))
    say(words("cli.user.added", name=name))
    return 0


@command.command("list")
@_snapshots
@options.as_json
def show(*, snapshots: Path, as_json: bool) -> int:
    """List the accounts, disabled ones too."""
    words, found = translate(detect()), _accounts(snapshots).all()
    if as_json:
        say_json([account.model_dump(mode="json", exclude={"password_hash"}) for account in found])
        return 0
    for account in found:
        roles = words("cli.user.roles", roles=[words(f"desk.role.{role.value}") for role in account.roles])
        parts = [account.name, roles]
        parts += (
            [words("desk.accounts.disabled", moment=words.wib(account.disabled))] if account.disabled else []
        )
        say(" · ".join(parts))
    if not found:
        say(words("cli.user.none"), err=True)
    return 0


@command.command("disable")
@_name
@_snapshots
def disable(*, name: str, snapshots: Path) -> int:
    """Let nobody in by an account any more, at once; its name stays taken, since decisions bear it."""
    name = _checked(name)
    _accounts(snapshots).disable(name)
    _note(snapshots, "account.disabled", name)
    say(translate(detect())("cli.user.disabled", name=name))
    return 0


@command.command("password")
@_name
@_snapshots
def password(*, name: str, snapshots: Path) -> int:
    """Set another password, enable the account, and end its sessions."""
    from crawler.review.passwords import hash_password  # noqa: PLC0415 - only here it has to be loaded

    words, accounts = translate(detect()), _accounts(snapshots)
    name = _checked(name)
    accounts.check_known(name)
    accounts.set_password(name, hash_password(_password(words)))
    _note(snapshots, "account.password", name)
    say(words("cli.user.password-set", name=name))
    return 0


def _accounts(snapshots: Path) -> Accounts:
    from crawler.review.desk import DESK_FOLDER  # noqa: PLC0415 - only here it has to be loaded
    from crawler.store.accounts import FILE, Accounts  # noqa: PLC0415 - as above

    return Accounts(snapshots / DESK_FOLDER / FILE)


def _note(snapshots: Path, action: str, name: str, **facts: object) -> None:
    """Note in the desk's custody log what was done in the terminal."""
    from crawler.review.desk import DESK_FOLDER  # noqa: PLC0415 - as above
    from crawler.store.custody import Custody  # noqa: PLC0415 - as above

    Custody(snapshots / DESK_FOLDER).note(f"{getpass.getuser()} (terminal)", action, name, **facts)


def _checked(name: str) -> str:
    try:
        return _NAME.validate_python(name.lower())
    except ValidationError as error:
        raise AccountError(
            "That is no name for an account.",
            hint="It has up to 64 letters a-z, digits, and . _ @ - after the first.",
        ) from error


def _password(words: Callable[..., str]) -> str:
    """Ask a person for a new password, or read a line that a program sends."""
    if sys.stdin.isatty():
        asked: str = click.prompt(
            words("cli.user.password"),
            hide_input=True,
            confirmation_prompt=words("cli.user.password-again"),
            err=True,
        )
        return asked
    return sys.stdin.readline(4_096).rstrip("\r\n")
