"""The process that walks one journey: `python -m crawler.browse.run.child`, started by the supervisor.

It reads one line of JSON from standard input, writes evidence straight into the run folder, and tells the
supervisor what happens as lines of JSON on its original standard output; whatever the scenario prints goes to
standard error. It dies with the supervisor.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from crawler.browse.chromium.session import Session, open_session
from crawler.browse.crawl.crawl import start_crawl
from crawler.browse.guard import outside
from crawler.browse.journey import Journey
from crawler.browse.run import script as scripts
from crawler.browse.stops.message import plainly
from crawler.browse.stops.reasons import driver_gone
from crawler.errors import BrowserCrashed, CaptureError, CrawlerError
from crawler.lib.collector import seldom_collected
from crawler.lib.redact import Redactor
from crawler.model.login_state import LoginState
from crawler.settings import RunSettings
from crawler.store import layout
from crawler.store.writer import BundleWriter

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1


@seldom_collected()
def main() -> int:
    """Walk the journey that the first line of standard input describes."""
    emit = _events()
    die_with_parent(int(sys.argv[1]))
    spec = json.loads(sys.stdin.readline())
    try:
        _run(spec, emit)
    except CrawlerError as error:
        emit("error", kind=type(error).__name__, message=error.message, hint=error.hint)
        return 1
    emit("done")
    return 0


def _run(spec: dict[str, Any], emit: Callable[..., None]) -> None:
    settings = RunSettings.model_validate(spec["settings"])
    path = Path(spec["scenario"])
    script = scripts.load(path)
    redactor = Redactor(bytes.fromhex(spec["key"]), typed=tuple(spec["secrets"]))
    login = LoginState.model_validate(spec["login"]) if spec["login"] else None
    for value in login.values if login else ():
        redactor.learn(value)
    with open_session(settings, Path(spec["work"]), spec["proxy_port"], login) as session:
        writer = BundleWriter.create(settings.out, script.scenario.id, spec["run_id"])
        writer.add(layout.SCENARIO, script.source, kind="scenario")
        emit(
            "opened",
            root=str(writer.root),
            scenario=script.scenario.model_dump(mode="json"),
            scenario_sha256=script.sha256,
        )
        crawl = start_crawl(session, writer, redactor, emit)
        journey = Journey(crawl, script.scenario)
        emit("environment", **session.facts(journey.page))
        outside.close()
        _walk(script, path, journey, session, emit)
        crawl.recorder.close()
        writer.close()


def _walk(
    script: scripts.Script, path: Path, journey: Journey, session: Session, emit: Callable[..., None]
) -> None:
    """Run the scenario's walk. What it raises outside a stage ends the journey and is data."""
    try:
        script.walk(journey)
        session.check()
    except BrowserCrashed:
        emit("ended", by="driver died" if session.driver_gone() else "browser crashed")
    except CrawlerError as error:
        by = "capture failed" if isinstance(error, CaptureError) else "script error"
        emit("ended", by=by, detail=f"{error.message} {error.hint}".strip())
    except Exception as error:  # noqa: BLE001 - a scenario is somebody's script: whatever it raises is recorded
        if session.driver_gone() or driver_gone(error):
            emit("ended", by="driver died", detail="the browser's driver ended")
            return
        if session.gone:
            emit("ended", by="browser crashed")
            return
        text = plainly(error.message if isinstance(error, Error) else str(error))
        where = f"{path.name}, line {scripts.line_of(error, path)}"
        emit("ended", by="script error", detail=f"{where}: {type(error).__name__}: {text}"[:2_000])


def _events() -> Callable[..., None]:
    """Keep standard output for events and send what anything else prints to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def emit(event: str, **facts: Any) -> None:
        channel.write(json.dumps({"event": event, **facts}, default=str) + "\n")

    return emit


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel signal this process as soon as the process `parent`, which started it, is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
