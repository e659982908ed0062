"""The command line: parse, call, print. Results go to standard output, all else to standard error."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from crawler import __version__
from crawler.cli.telling import failure, misuse
from crawler.lib.collector import seldom_collected

COMMANDS = (
    "demo",
    "run",
    "init",
    "plan",
    "nightly",
    "worker",
    "status",
    "notice",
    "prune",
    "schedule",
    "check",
    "report",
    "verify",
    "compare",
    "trend",
    "index",
    "explore",
    "review",
    "user",
    "brand",
    "rules",
    "host",
    "hosts",
    "doctor",
)


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, loaded when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Return the command `name` from `crawler.cli.<name>`."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"crawler.cli.{name}").command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pantau")
@click.option("--verbose", is_flag=True, help="Log every step to standard error.")
def pantau(*, verbose: bool) -> None:
    """Walk a shop from storefront to payment, seal what was seen, and judge it against dated law.

    Exit codes: 0 every obligation tested and passed; 1 indications found; 2 usage or configuration;
    3 something needs review or could not be tested; 4 no stage captured; 5 internal error;
    6 integrity failure. Of several bundles the worst counts: 6 over 5, 2, 1, 4, 3 and 0.
    """
    if verbose:
        from crawler import logs  # noqa: PLC0415 - most commands log nothing, and need not load what does

        logs.configure(verbose=True)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit with its code; any error is told in one sentence, with what to do."""
    try:
        with seldom_collected():
            code = pantau.main(args=arguments, prog_name="pantau", standalone_mode=False)
    except click.ClickException as error:
        sys.exit(misuse(error))
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - boundary: whoever runs a command gets a sentence and a code
        sys.exit(failure(error))
    sys.exit(code if isinstance(code, int) else 0)
