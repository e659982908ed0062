"""A started run as its page shows it: stage by stage, with what came of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from crawler.fleet.outcome import run_folder
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.finding import Index, Verdict
    from crawler.model.started import StartedRun, StartState
    from crawler.store.progress import Told

PICTURES = ("viewport.png", "stopped-at.png")  # of a stage: as it was left, or where it stopped
MAX_SAID_CHARS = 600
_STAGES = frozenset(stage.value for stage in Stage)


@dataclass(frozen=True)
class StageLine:
    """One stage: its ordinal, None for one that is still to come."""

    ordinal: int | None
    kind: str
    state: Literal["planned", "under-way", "reached", "missed"]
    reason: str | None = None
    has_picture: bool = False


@dataclass(frozen=True)
class StartedView:
    """What is shown of a started run.

    `ahead` are the runs that go before it. `mark` changes whenever something here has. `run` is the name of
    its bundle, `<scenario>/<run>`, once that is sealed.
    """

    run_id: str
    title: str
    device: str
    case: str
    by: str
    asked: datetime
    began: datetime | None
    state: StartState
    cancelled_by: str
    ahead: int
    stages: tuple[StageLine, ...]
    refusals: int
    is_judging: bool
    verdict: Verdict | None
    index: Index | None
    ended_by: str
    run: str | None
    error: str
    mark: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in ("ended", "cancelled")


def started_view(run: StartedRun, told: list[Told], out: Path, ahead: int = 0) -> StartedView:
    """Return what is shown of a started run.

    Args:
        run: What is on record of it.
        told: What its process has told so far.
        out: The folder of the bundles.
        ahead: How many runs go before it.
    """
    events = Counter(each.event["event"] for each in told)
    outcome, settings = run.outcome, run.asked.settings
    return StartedView(
        run_id=run.asked.run_id,
        title=run.asked.title,
        device=run.asked.job.device,
        case=settings.case.surat_tugas if settings.case else "",
        by=run.asked.by,
        asked=datetime.fromisoformat(run.asked.asked),
        began=datetime.fromisoformat(run.start.began) if run.start else None,
        state=run.state,
        cancelled_by=run.cancel.by if run.cancel else "",
        ahead=ahead,
        stages=tuple(_stages(run, told, out)),
        refusals=events["refusal"],
        is_judging=bool(events["judging"]) and not run.is_over,
        verdict=outcome.verdict if outcome else None,
        index=outcome.index if outcome else None,
        ended_by=outcome.ended_by if outcome else "",
        run=outcome.bundle if outcome and outcome.state in ("complete", "incomplete") else None,
        error=outcome.error[-MAX_SAID_CHARS:] if outcome else "",
        mark=f"{told[-1].number if told else 0}.{run.state}.{ahead}",
    )


def stage_picture(out: Path, run_id: str, ordinal: int) -> Path | None:
    """Return the picture of a stage of a run that may still go on; None where there is none yet."""
    root = run_folder(out, run_id)
    return _picture_in(root, ordinal) if root is not None else None


def _picture_in(root: Path, ordinal: int) -> Path | None:
    folders = sorted(root.glob(f"data/stages/{ordinal:02d}-*"))
    found = (folder / name for folder in folders for name in PICTURES)
    return next((path for path in found if path.is_file() and not path.is_symlink()), None)


def _stages(run: StartedRun, told: list[Told], out: Path) -> list[StageLine]:
    root = run_folder(out, run.asked.run_id) if told else None
    planned: list[str] = []
    lines: dict[int, StageLine] = {}
    for each in told:
        event = each.event
        kind, ordinal = str(event.get("kind")), event.get("ordinal")
        if event["event"] == "opened":
            planned = [str(stage) for stage in event.get("stages") or () if stage in _STAGES]
        elif kind not in _STAGES or not isinstance(ordinal, int):
            continue
        elif event["event"] == "stage":
            lines[ordinal] = StageLine(ordinal, kind, "missed" if run.is_over else "under-way")
        elif event["event"] == "visit":
            has_picture = root is not None and _picture_in(root, ordinal) is not None
            state: Literal["reached", "missed"] = "reached" if event.get("reached") else "missed"
            reason = str(event["reason"]) if event.get("reason") else None
            lines[ordinal] = StageLine(ordinal, kind, state, reason, has_picture)
    seen = Counter(line.kind for line in lines.values())
    left = []
    for stage in planned:
        if seen[stage]:
            seen[stage] -= 1
        else:
            left.append(StageLine(None, stage, "planned"))
    return [*(lines[number] for number in sorted(lines)), *left]
