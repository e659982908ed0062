"""Sends a digest to every channel of `[alerts]`, each in a process and a time of its own.

A channel that fails is a result, never an error: the night's evidence does not depend on who can be told.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from crawler import logs
from crawler.model.alert import ChannelResult
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.model.alert import Digest
    from crawler.model.target import Alerts

AT_ONCE = 8
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_COMMAND = (sys.executable, "-m", "crawler.fleet.channel")

log = logs.get("alerts")


def send_digest(
    digest: Digest, alerts: Alerts, environment: Mapping[str, str] | None = None
) -> tuple[ChannelResult, ...]:
    """Send a digest to all channels, in their order in the file, and return what each made of it.

    Args:
        digest: What to send.
        alerts: The channels, and how long each may take.
        environment: Where `${NAME}` in an address is looked up; that of this process unless given.
    """
    jobs: list[tuple[str, str, dict[str, Any]]] = [
        (f"{number} ({_kind(url)})", url, {"ping": False, "digest": digest.model_dump()})
        for number, url in enumerate(alerts.channels, 1)
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(lambda job: _try(job[0], job[1], job[2], alerts.timeout_s, environment), jobs))


def send_ping(alerts: Alerts, environment: Mapping[str, str] | None = None) -> ChannelResult | None:
    """Ask for the ping address, so that a watchdog elsewhere knows; None where none is set."""
    if alerts.ping_url is None:
        return None
    asked = {"ping": True, "timeout_s": alerts.timeout_s}
    return _try("ping", alerts.ping_url, asked, alerts.timeout_s, environment)


def _try(
    channel: str, url: str, asked: dict[str, Any], timeout_s: float, environment: Mapping[str, str] | None
) -> ChannelResult:
    began = time.monotonic()
    variables = os.environ if environment is None else environment
    missing = next((name for name in _VARIABLE.findall(url) if not variables.get(name)), None)
    why: Message | None
    if missing:
        why = Message(id="channel.variable", params={"name": missing})
    else:
        full = _VARIABLE.sub(lambda match: variables[match.group(1)], url)
        why = _run({**asked, "url": full}, timeout_s)
    if why:
        log.warning("a channel took no digest", channel=channel, why=why.id, **why.params)
    return ChannelResult(channel=channel, why=why, duration_s=round(time.monotonic() - began, 3))


def _run(asked: dict[str, Any], timeout_s: float) -> Message | None:
    """Let a process of its own do it; when its time is over it is killed with all that it started."""
    child = subprocess.Popen(  # noqa: S603 - our own module, nothing of it from outside
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries' words may hold an address
        start_new_session=True,
    )
    try:
        said, _ = child.communicate(json.dumps(asked).encode(), timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return Message(id="channel.timeout")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    try:
        why = json.loads(said)["why"]
        return None if why is None else Message.model_validate(why)
    except (ValueError, KeyError, TypeError):  # a ValidationError is a ValueError
        return Message(id="channel.broken")


def _kind(url: str) -> str:
    """Return what may be told of an address: its scheme, or the variable that it begins with."""
    scheme = _SCHEME.match(url)
    variable = _VARIABLE.match(url)
    return scheme.group(1).lower() if scheme else variable.group() if variable else "?"
