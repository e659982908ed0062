"""A shop that a test writes page by page, and a crawl of it as a user would start one.

```python
def answer(request):
    return html("Keranjang", "<h1>Keranjang</h1>") if request.path == "/cart" else None

found = crawl(tmp_path, answer, [Step("cart", "https://toko.test/cart")])
assert found.visit("cart").reached
```

Every host name leads to one TLS server on loopback, with a certificate for any name. Times and sizes are
bounded by the command's own limits.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from crawler.demo.server import NOT_FOUND, Request, Response, TlsServer
from crawler.model.evidence import RunRecord, Visit
from crawler.model.finding import Finding, Gap, Judgement, RuleResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Crawl", "Request", "Response", "Step", "crawl", "html", "serve_any_host"]

PANTAU = Path(sys.executable).with_name("pantau")
DEADLINE_S = 180
GRACE_S = 120  # after the deadline, for sealing, judging and a slow machine
NAMING = ("foreign-brand-text", "foreign-brand-pixels", "foreign-logo")

SCENARIO = '''"""A walk of a test."""

from crawler.browse import Journey, Scenario, Stage

scenario = Scenario(
    id="trouble", title={{"id": "Uji", "en": "Trouble"}}, start_url={start!r}, stages=[{stages}]
)


def walk(journey: Journey) -> None:
    page = journey.page
'''


@dataclass(frozen=True)
class Step:
    """One stage of a walk: its kind, the address to open, and what else its body does.

    Args:
        stage: Kind of the stage, such as `payment`.
        url: Opened first; empty where `walk` alone leads there.
        walk: Lines of Python in which `page` and `journey` stand for what a scenario has.
        name: What a test calls the visit by; the kind of its stage unless given.
    """

    stage: str
    url: str = ""
    walk: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Crawl:
    """What a crawl left: exit code and words of the command, its bundle, record and judgement."""

    steps: tuple[Step, ...]
    exit_code: int
    said: str
    messages: str
    bundle: Path

    @cached_property
    def run(self) -> RunRecord:
        """The sealed record of the run."""
        return RunRecord.model_validate_json((self.bundle / "data/run.json").read_bytes())

    @cached_property
    def judgement(self) -> Judgement:
        """What the rules said."""
        (path,) = self.bundle.glob("findings/*.json")
        return Judgement.model_validate_json(path.read_bytes())

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdict of each obligation."""
        return {each.obligation: each.verdict.value for each in self.judgement.obligations}

    def visit(self, name: str) -> Visit:
        """Return the visit that a step made, by the step's name."""
        return self.run.visits[self._place(name)]

    def rule(self, rule: str) -> RuleResult:
        """Return what one rule said."""
        return next(each for each in self.judgement.rules if each.rule == rule)

    def findings(self, *rules: str, at: str = "", excused: bool = False) -> list[Finding]:
        """Return open findings (with `excused` those too) of some rules, at one step or anywhere."""
        visit = self.visit(at).ordinal if at else None
        return [
            finding
            for result in self.judgement.rules
            for finding in result.findings
            if (not rules or finding.rule in rules)
            and (visit is None or finding.visit == visit)
            and (excused or finding.status == "open")
        ]

    def gaps(self, *rules: str, at: str = "") -> list[Gap]:
        """Return what some rules say that they could not judge, at one step or anywhere."""
        visit = self.visit(at).ordinal if at else None
        return [
            gap
            for result in self.judgement.rules
            for gap in result.gaps
            if (not rules or gap.rule in rules) and (visit is None or gap.visit == visit)
        ]

    def _place(self, name: str) -> int:
        names = [step.name or step.stage for step in self.steps]
        return names.index(name)


def html(title: str, body: str = "", head: str = "", *, status: int = 200) -> Response:
    """Return a page in Indonesian."""
    top = f"<!doctype html><html lang=id><head><meta charset=utf-8><title>{title}</title>{head}</head>"
    return Response(f"{top}<body>{body}</body></html>".encode(), status=status)


@contextmanager
def serve_any_host(answer: Callable[[Request], Response | None], folder: Path) -> Iterator[tuple[int, Path]]:
    """Answer for every host name while the block runs; yields the port and the authority's file."""
    authority = trustme.CA()
    pem = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    server = TlsServer(_for_any_name(authority), lambda request: answer(request) or NOT_FOUND)
    server.start()
    try:
        yield server.port, pem
    finally:
        server.stop()
    assert not server.failures, server.failures


def crawl(
    folder: Path,
    answer: Callable[[Request], Response | None],
    steps: Sequence[Step],
    *,
    device: str = "desktop",
    dwell_s: float = 0.5,
    options: Iterable[str] = (),
) -> Crawl:
    """Walk the steps with `pantau run` and read what it left.

    Args:
        folder: An empty folder.
        answer: Answers every request; None is a 404.
        steps: The stages, in order.
        device: `desktop` or `mobile`.
        dwell_s: How long to go on listening at every stage.
        options: More options of `pantau run`.

    Raises:
        AssertionError: the command left no bundle; the message is what it said.
    """
    script = folder / "trouble.py"
    script.write_text(_scenario(steps))
    with serve_any_host(answer, folder) as (port, pem):
        limits = ["--dwell", str(dwell_s), "--deadline", str(DEADLINE_S), "--device", device]
        reach = ["--resolve", f"*=127.0.0.1:{port}", "--trust-ca", str(pem), "--out", str(folder / "out")]
        command = [str(PANTAU), "run", str(script), *limits, *reach, "--json", *options]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DEADLINE_S + GRACE_S, check=False
        )
    bundles = sorted((folder / "out").glob("*/*/data/run.json"))
    assert bundles, f"exit {done.returncode}: {done.stderr[-2_000:]}"
    return Crawl(tuple(steps), done.returncode, done.stdout, done.stderr, bundles[-1].parent.parent)


def verdict_line(found: Crawl) -> dict[str, object]:
    """Return the line that `pantau run --json` printed."""
    line: dict[str, object] = json.loads(found.said)
    return line


def _scenario(steps: Sequence[Step]) -> str:
    start = next(step.url for step in steps if step.url)
    stages = ", ".join(f"Stage.{step.stage.upper()}" for step in steps)
    return SCENARIO.format(start=start, stages=stages) + "".join(map(_stage, steps))


def _stage(step: Step) -> str:
    lines = [*([f"page.goto({step.url!r})"] if step.url else []), *step.walk]
    body = "".join(f"        {line}\n" for line in lines)
    return f"    with journey.stage(Stage.{step.stage.upper()}):\n{body}"


def _for_any_name(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's TLS context that makes a certificate for each name it is asked for."""
    made: dict[str, ssl.SSLContext] = {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)

    def choose(connection: ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        if not name:
            return
        if name not in made:
            fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(name).configure_cert(fresh)
            made[name] = fresh
        connection.context = made[name]

    context.sni_callback = choose
    return context
