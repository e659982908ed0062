"""Walks a shop: with `pantau run` as a user would, or in a bare browser, to see that its ways do order."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import types
from contextlib import nullcontext
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error, sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.browse.chromium.switches import launch_args
from crawler.browse.run.supervisor import supervise
from crawler.model.evidence import RunRecord
from crawler.settings import HostMapping, RunSettings
from tests.shops import ways
from tests.shops.server import Shop, open_shop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.shops.shape import Shape

WALKING = Path(__file__).with_name("walking.py")
PANTAU = Path(sys.executable).with_name("pantau")
HEADINGS = {"cart": "Keranjang", "checkout": "Checkout", "payment": "Pembayaran"}
PUMP_MS = 450  # an order arrives within a tenth of it; the control run shows that it is enough
LATE_MS = 2_500
DEADLINE_S = 300
GRACE_S = 200


@dataclass(frozen=True)
class Found:
    """What a walk left: orders by way, stages reached, and what the bundle says."""

    orders: list[tuple[str, str, str]]
    reached: dict[str, bool]
    run: RunRecord | None
    changes: tuple[dict[str, Any], ...]
    changed: tuple[tuple[str, str], ...]
    bundle: Path | None
    said: str

    @property
    def ordered(self) -> dict[str, int]:
        """How many orders came by each way."""
        names = [way for way, _, _ in self.orders]
        return {name: names.count(name) for name in sorted(set(names))}


def crawl(
    shape: Shape, folder: Path, *, tried: Sequence[str] = (), allow: Sequence[dict[str, str]] = ()
) -> Found:
    """Walk a shop as `pantau run` does, without judging; try some ways, and read what it left.

    Args:
        shape: The shop.
        folder: An empty folder.
        tried: Names of ways.
        allow: Arguments of `journey.allow`, one call each.
    """
    with open_shop(shape, folder / "shop") as shop:
        script = folder / "walking.py"
        script.write_text(_text(shop, tried, allow))
        settings = RunSettings(
            out=folder / "out",
            dwell_s=0.2,
            deadline_s=DEADLINE_S,
            resolve=(HostMapping(host="*", target=f"127.0.0.1:{shop.port}"),),
            trust_ca=shop.authority,
        )
        outcome = supervise(script, settings, on_event=lambda _: None)
        orders, changed = shop.orders(), tuple(shop.changed)
    return _found(outcome.run, outcome.root, orders, changed, "")


def command(shape: Shape, folder: Path, *, allow: Sequence[dict[str, str]] = ()) -> Found:
    """Walk a shop with the command itself, for what it prints.

    Raises:
        RuntimeError: the command left no bundle; the message is what it said.
    """
    with open_shop(shape, folder / "shop") as shop:
        script = folder / "walking.py"
        script.write_text(_text(shop, (), allow))
        options = [
            "--resolve", f"*=127.0.0.1:{shop.port}", "--trust-ca", str(shop.authority), "--dwell", "0.2",
            "--deadline", str(DEADLINE_S), "--out", str(folder / "out"), "--lang", "en",
        ]  # fmt: skip
        call = [str(PANTAU), "run", str(script), *options]
        env = os.environ | {"LC_ALL": "en_US.UTF-8", "LANG": "en_US.UTF-8"}
        done = subprocess.run(
            call, capture_output=True, text=True, timeout=DEADLINE_S + GRACE_S, check=False, env=env
        )
        orders, changed = shop.orders(), tuple(shop.changed)
    records = sorted((folder / "out").glob("*/*/data/run.json"))
    if not records:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr[-3_000:]}")
    run = RunRecord.model_validate_json(records[-1].read_bytes())
    bundle = records[-1].parent.parent
    reports = [unescape(path.read_text()) for path in sorted(bundle.glob("report/**/*.html"))]
    return _found(run, bundle, orders, changed, "\n".join([done.stdout, done.stderr, *reports]))


def _found(
    run: RunRecord,
    bundle: Path,
    orders: list[tuple[str, str, str]],
    changed: tuple[tuple[str, str], ...],
    said: str,
) -> Found:
    reached: dict[str, bool] = {}
    for visit in run.visits:  # of two visits of one kind the first is the walk, the second tries to order
        reached.setdefault(visit.kind.value, visit.reached)
    return Found(orders, reached, run, _changes(bundle), changed, bundle, said)


def control(shape: Shape, folder: Path, tried: Sequence[str]) -> Found:
    """Walk a shop and try the ways in the same Chromium without a guard."""
    with open_shop(shape, folder / "shop") as shop:
        walking: dict[str, Any] = {"__name__": "walking"}
        exec(compile(_text(shop, tried, ()), str(WALKING), "exec"), walking)
        resolve = (HostMapping(host="*", target=f"127.0.0.1:{shop.port}"),)
        reached: dict[str, bool] = {}
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                folder / "profile",
                executable_path=find_browser().path,
                args=[
                    *launch_args(netlog=folder / "netlog", resolve=resolve, as_root=os.geteuid() == 0),
                    "--ignore-certificate-errors",
                ],
                ignore_default_args=["--disable-popup-blocking"],
                chromium_sandbox=os.geteuid() != 0,
            )

            def stage(kind: Any) -> Any:
                reached[kind.value] = True
                return nullcontext()

            bare = types.SimpleNamespace(
                page=context.pages[0], stage=stage, start_url=f"https://{shape.host}/", allow=lambda **_: None
            )
            said = ""
            try:
                walking["walk"](bare)
            except Error as error:
                said = str(error)
            context.close()
        return Found(shop.orders(), reached, None, (), tuple(shop.changed), None, said)


def _text(shop: Shop, tried: Sequence[str], allow: Sequence[dict[str, str]]) -> str:
    """Return the scenario for a shop."""
    shape, sent = shop.shape, shop.shape.order.sent
    start = f"https://{shape.host}/"
    kind = "application/json" if sent.kind == "json" else "application/x-www-form-urlencoded"
    facts = {
        "start": start,
        "pages": {name: start.rstrip("/") + page for name, page in shape.pages.items()},
        "headings": HEADINGS,
        "steps": {name: [step.number for step in shape.steps if step.page == name] for name in shape.pages},
        "allow": list(allow),
        "ways": list(tried),
        "scripts": [vars(way) for way in ways.WAYS if way.name in tried],
        "beside": [name for name in ways.BESIDE if name in tried],
        "pump_ms": PUMP_MS,
        "late_ms": LATE_MS,
        "order": {
            "method": sent.method,
            "target": sent.target,
            "host": shape.host,
            "port": shop.port,
            "start": start,
            "url": start.rstrip("/") + sent.target,
            "loopback": f"https://127.0.0.1:{shop.port}{sent.target}",
            "data": _noted(sent.body, sent.kind),
            "headers": {"Content-Type": kind},
            "browser": str(find_browser().path),
        },
    }
    return WALKING.read_text().replace("FACTS = {}", f"FACTS = {facts!r}")


def _noted(body: str, kind: str) -> str:
    if kind == "form":
        return f"{body}&note=@note@".lstrip("&")
    data = json.loads(body or "{}")
    (data.setdefault("variables", {}) if "query" in data else data)["note"] = "@note@"
    return json.dumps(data)


def _changes(bundle: Path) -> tuple[dict[str, Any], ...]:
    path = bundle / "data/changes.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return tuple(json.loads(line) for line in lines)


def printed_allow(found: Found) -> list[dict[str, str]]:
    """Return the arguments of each different `journey.allow` line that command and report print."""
    lines = dict.fromkeys(re.findall(r"journey\.allow\([^\n<]*?why='…'\)", found.said))
    return [_arguments(line) for line in lines]


def _arguments(line: str) -> dict[str, str]:
    call = ast.parse(line, mode="eval").body
    assert isinstance(call, ast.Call)
    names = ("method", "host", "path", "operation", "why")
    given = dict(zip(names, (ast.literal_eval(argument) for argument in call.args), strict=False))
    given |= {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
    return given | {"why": "Only puts the goods into the cart; read in the shop's own script."}
