"""Runs one journey in a process of its own and seals what it leaves, however it ends.

The supervisor keeps the deadline and the memory limit from outside, since a browser or a page can hang every
process inside. Only it writes manifests, so a folder sealed by it says truly how the run ended, and a folder
it never came to seal has none.
"""

from __future__ import annotations

import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crawler import errors, logs
from crawler.browse.chromium.work import PID_FILE, work_folder
from crawler.browse.proxy.proxy import LOG, CheckingProxy
from crawler.browse.proxy.ranges import ranges_here
from crawler.browse.run import record
from crawler.browse.run.walk import Walk
from crawler.browse.run.watch import Watch
from crawler.errors import CaptureError, CrawlerError
from crawler.lib.clock import stamp
from crawler.lib.redact import Redactor
from crawler.model.login_state import read_login_state
from crawler.store.writer import BundleWriter, new_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.browse.run.walk import Event
    from crawler.model.evidence import RunRecord
    from crawler.model.login_state import LoginState
    from crawler.settings import RunSettings

MEMORY_EVERY_S = 1.0
SECRET_PREFIX = "PANTAU_SECRET_"  # noqa: S105 - the name, not a secret
_MAX_EVENT_BYTES = 1 << 20
_MAX_LOGGED_CHARS = 300


@dataclass(frozen=True)
class Outcome:
    """What a run left: its folder, sealed, and its record."""

    root: Path
    run: RunRecord


def supervise(
    scenario: Path,
    settings: RunSettings,
    *,
    on_event: Callable[[Event], None] = lambda _: None,
    run_id: str | None = None,
) -> Outcome:
    """Walk a scenario in a child process, keep watch over it, and seal the bundle.

    Args:
        scenario: The scenario file.
        settings: The settings of the run.
        on_event: Told what happens, as it happens (`opened`, `stage`, `visit`, `refusal`, …).
        run_id: The name of the run's folder; a new one unless given.

    Raises:
        ConfigError: the scenario, a setting, the log-in or the machine is not as it should be; nothing was
            captured.
        CaptureError: the browser did not start, or the disk did not take the evidence.
    """
    login = read_login_state(settings.session, time.time()) if settings.session else None
    key = secrets.token_bytes(32)
    typed = tuple(value for name, value in os.environ.items() if name.startswith(SECRET_PREFIX) and value)
    with work_folder() as work, _signals_as_interrupt():
        walk = Walk(run_id or new_run_id(), stamp())
        spec = {
            "settings": settings.model_dump(mode="json"),
            "scenario": str(scenario.absolute()),
            "run_id": walk.run_id,
            "work": str(work),
            "key": key.hex(),
            "secrets": typed,
            "login": login.playwrights() if login else None,
        }
        with _checking_proxy(settings, work) as port:
            _attend({**spec, "proxy_port": port}, settings, walk, on_event)
        with _no_interrupts():
            return _seal(walk, settings, work, _redactor(key, typed, login))


def _redactor(key: bytes, typed: tuple[str, ...], login: LoginState | None) -> Redactor:
    redactor = Redactor(key, typed)
    for value in login.values if login else ():
        redactor.learn(value)
    return redactor


@contextmanager
def _checking_proxy(settings: RunSettings, work: Path) -> Iterator[int | None]:
    """Let the proxy stand while the journey is walked, where one is asked for, and give its port."""
    if not settings.public_only:
        yield None
        return
    with CheckingProxy(ranges_here(settings.allowed_ranges), work / LOG, settings.resolve) as proxy:
        yield proxy.port


def _attend(spec: Event, settings: RunSettings, walk: Walk, on_event: Callable[[Event], None]) -> None:
    """Start the child and stay with it until it ends or has to be ended."""
    child = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "crawler.browse.run.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "TMPDIR": spec["work"]},
    )
    watch = Watch(child.pid, Path(spec["work"]) / PID_FILE)
    try:
        _send(child, spec)
        _listen(child, watch, settings, walk, on_event)
    except KeyboardInterrupt:
        walk.ended_by = "interrupt"
    finally:
        watch.kill()
        child.wait()
        if left := watch.left():
            walk.detail += f" processes that did not end: {left}"


def _send(child: subprocess.Popen[bytes], spec: Event) -> None:
    stdin = cast("Any", child.stdin)
    try:
        stdin.write(json.dumps(spec).encode() + b"\n")
        stdin.close()
    except BrokenPipeError:
        return  # it died at once; its silence is recorded


def _listen(
    child: subprocess.Popen[bytes],
    watch: Watch,
    settings: RunSettings,
    walk: Walk,
    on_event: Callable[[Event], None],
) -> None:
    """Take events until the child closes its end, the deadline passes or memory runs out."""
    deadline = time.monotonic() + settings.deadline_s
    pipe, buffer, look_at = cast("Any", child.stdout), b"", 0.0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                walk.ended_by, walk.detail = "deadline", f"{settings.deadline_s:g} s"
                return
            if time.monotonic() >= look_at:
                if memory := watch.memory_above(settings.memory_limit_bytes):
                    walk.ended_by, walk.detail = "memory", f"{memory} bytes"
                    return
                look_at = time.monotonic() + MEMORY_EVERY_S
            wait_s = max(0.0, min(look_at, deadline) - time.monotonic())
            if not selector.select(wait_s):
                continue
            block = os.read(pipe.fileno(), 1 << 16)
            if not block:
                return
            *lines, buffer = (buffer + block)[-_MAX_EVENT_BYTES:].split(b"\n")
            for line in lines:
                _take(line, walk, on_event)


def _take(line: bytes, walk: Walk, on_event: Callable[[Event], None]) -> None:
    event = json.loads(line)
    walk.events.append(event)
    logs.get("supervisor").info(event["event"], run=walk.run_id, **_plain(event))
    if event["event"] == "ended":
        walk.ended_by, walk.detail = event["by"], event.get("detail", "")
    elif event["event"] == "error" and walk.ended_by == "driver died":
        walk.ended_by, walk.detail = "capture failed", f"{event['message']} {event['hint']}".strip()
    elif event["event"] == "done" and walk.ended_by == "driver died" and walk.last("ended") is None:
        walk.ended_by = "journey"
    on_event(event)


def _plain(event: Event) -> Event:
    """Return what a log line should say of an event: its short values."""
    return {
        name: value
        for name, value in event.items()
        if name != "event" and isinstance(value, (str, int, bool)) and len(str(value)) < _MAX_LOGGED_CHARS
    }


def _seal(walk: Walk, settings: RunSettings, work: Path, redactor: Redactor) -> Outcome:
    """Seal what is there, or say why there is nothing."""
    opened, error = walk.last("opened"), walk.last("error")
    if opened is None:
        raise _child_error(error, walk)
    writer = BundleWriter(Path(opened["root"]))
    try:
        failures = (
            *record.keep_network_log(writer, work, redactor),
            *record.keep_proxy_log(writer, work, settings),
        )
        record.keep_names(writer, settings)
        run = record.compose(writer, walk, settings, redactor, failures)
        writer.seal(run)
    finally:
        writer.close()
    if error is not None and not any(visit.artifacts for visit in run.visits):
        raise _child_error(error, walk)
    return Outcome(writer.root, run)


def _child_error(error: Event | None, walk: Walk) -> CrawlerError:
    if error is None:
        return CaptureError(
            f"The run ended before a page was opened ({walk.ended_by} {walk.detail}).".replace(" )", ")"),
            hint="Run `pantau doctor`; give more time with --deadline.",
        )
    kind = getattr(errors, error["kind"], CaptureError)
    return cast("CrawlerError", kind(error["message"], hint=error["hint"]))


def _signals_as_interrupt() -> AbstractContextManager[None]:
    """Treat SIGTERM and SIGHUP like Ctrl-C: stop, kill, seal as incomplete."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    return _signals_handled(interrupt, signal.SIGTERM, signal.SIGHUP)


def _no_interrupts() -> AbstractContextManager[None]:
    """Let nobody interrupt the sealing: it ends by itself."""
    return _signals_handled(signal.SIG_IGN, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _signals_handled(
    handler: Callable[[int, object], None] | signal.Handlers, *names: signal.Signals
) -> Iterator[None]:
    """Handle signals in one way for a while, and as before after it."""
    try:
        before = {name: signal.signal(name, handler) for name in names}
    except ValueError:  # not the main thread: whoever runs threads handles signals
        before = {}
    try:
        yield
    finally:
        for name, earlier in before.items():
            signal.signal(name, earlier)
