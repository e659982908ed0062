"""`pantau rules`: what is judged, by which rules, under which article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.checks import registry
from crawler.cli import options
from crawler.cli.assess import choose_pack
from crawler.cli.telling import say, say_json
from crawler.lib.clock import jakarta_date
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.policy import PolicyPack


@click.command("rules")
@options.policy
@options.as_of
@options.as_json
def command(*, policy: str | None, as_of: datetime | None, as_json: bool) -> int:
    """List the obligations of the policy pack in force, with their articles, stages and rules."""
    pack = choose_pack(policy, options.day(as_of) or jakarta_date())
    rows = [_row(pack, number) for number in range(len(pack.obligations))]
    if as_json:
        say_json({"policy": pack.id, "obligations": rows})
        return 0
    words = translate(detect())
    say(pack.id)
    for row in rows:
        click.echo()
        say(f"{row['id']}: {words('obligation.' + row['id'] + '.title')}")
        say(f"  {words('cli.article')}: {row['article'] or '-'}; {', '.join(row['stages'])}")
        for rule in row["rules"]:
            title = words(f"rule.{rule['id']}.title")
            say(f"  {rule['id']} v{rule['version']}: {title}")
    return 0


def _row(pack: PolicyPack, number: int) -> dict[str, Any]:
    obligation = pack.obligations[number]
    known = registry.rules()
    return {
        "id": obligation.id,
        "article": obligation.article,
        "severity": obligation.severity,
        "stages": [stage.value for stage in obligation.stages],
        "rules": [{"id": rule, "version": known[rule].meta.version} for rule in obligation.rules],
    }
