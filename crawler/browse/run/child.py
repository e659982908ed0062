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
from crawler.browse.guard import outside
from crawler.browse.guard.guard import Guard
from crawler.browse.journey import Journey
from crawler.browse.run import script as scripts
from crawler.browse.stops.message import plainly
from crawler.browse.stops.reasons import driver_gone
from crawler.collect.network.requests import RequestRecorder
from crawler.collect.run.downloads import Downloads
from crawler.errors import BrowserCrashed, CaptureError, CrawlerError
from crawler.lib.redact import Redactor
from crawler.settings import RunSettings
from crawler.store import layout
from crawler.store.layout import CHANGES, REFUSALS
from crawler.store.writer import BundleWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.model.evidence import Change, Refusal

PR_SET_PDEATHSIG = 1


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
    with open_session(settings, Path(spec["work"])) as session:
        writer = BundleWriter.create(settings.out, script.scenario.id, spec["run_id"])
        writer.add(layout.SCENARIO, script.source, kind="scenario")
        emit(
            "opened",
            root=str(writer.root),
            scenario=script.scenario.model_dump(mode="json"),
            scenario_sha256=script.sha256,
        )
        journey = Journey(script.scenario, session, writer, redactor, emit)
        _arm(journey, session)
        emit("environment", **session.facts(journey.page))
        outside.close()
        _walk(script, path, journey, emit)
        journey.recorder.close()
        writer.close()


def _arm(journey: Journey, session: Session) -> None:
    """Let the recorder listen and the guard stand before the first page is opened."""
    journey.recorder = RequestRecorder(
        session.context, journey.writer, journey.redactor, session.settings, journey.where
    )
    journey.recorder.attach()
    journey.downloads = Downloads(session.work / "downloads", lambda: journey.ordinal)
    journey.downloads.attach(session.context)

    def refused(refusal: Refusal) -> None:
        journey.writer.append(REFUSALS, refusal)
        journey.emit("refusal", what=refusal.what, word=refusal.word, url=refusal.url)

    def changed(change: Change) -> None:
        safe = {name: journey.redactor.text(getattr(change, name)) for name in ("path", "operation")}
        journey.writer.append(CHANGES, change.model_copy(update=safe))

    journey.guard = Guard(
        on_refusal=refused,
        refused_request=journey.recorder.refused,
        where=journey.stage_now,
        on_change=changed,
        on_phase=lambda why: journey.emit("phase", why=why),
    )
    journey.guard.enable(session.context)
    journey.guard.watch(journey.page)
    journey.emit("guard", enabled=True)


def _walk(script: scripts.Script, path: Path, journey: Journey, emit: Callable[..., None]) -> None:
    """Run the scenario's walk. What it raises outside a stage ends the journey and is data."""
    try:
        script.walk(journey)
        journey.session.check()
    except BrowserCrashed:
        emit("ended", by="driver died" if journey.session.driver_gone() else "browser crashed")
    except CrawlerError as error:
        by = "capture failed" if isinstance(error, CaptureError) else "script error"
        emit("ended", by=by, detail=f"{error.message} {error.hint}".strip())
    except Exception as error:  # noqa: BLE001 - a scenario is somebody's script: whatever it raises is recorded
        if journey.session.driver_gone() or driver_gone(error):
            emit("ended", by="driver died", detail="the browser's driver ended")
            return
        if journey.session.gone:
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


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process as soon as the process `parent`, which started it, is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
