"""A textfile for Prometheus's node exporter: what the last night came to, and when one last went well.

A textfile stays true for ever, also when nothing writes it any more: so it bears the time of the last night
and of the last good one, and an alert has to compare those with the clock.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from crawler.model.night import FindingState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.model.after import AfterNight
    from crawler.model.night import Night

STATES = get_args(FindingState)


def write_metrics(path: Path, night: Night, after: AfterNight, nights: Iterable[Night]) -> None:
    """Write the textfile in one step.

    Args:
        path: Where to, such as `/var/lib/node_exporter/textfile/pantau.prom`.
        night: The night that ended.
        after: What followed it.
        nights: All nights, for the last that went well.

    Raises:
        OSError: the disk does not take it; an earlier file stays.
    """
    registry = CollectorRegistry()
    _night(registry, night)
    _journeys(registry, night)
    good = [_seconds(each.ended) for each in nights if not each.void and each.ended_by == "finished"]
    _gauge(
        registry, "last_success_timestamp_seconds", "End of the last night that was finished and not void."
    ).set(max(good, default=0))
    channels = _gauge(registry, "alert_channel_up", "1 where the channel took the last digest.", "channel")
    for each in (*after.alerts.channels, *((after.alerts.ping,) if after.alerts.ping else ())):
        channels.labels(each.channel).set(each.delivered)
    _gauge(registry, "disk_free_bytes", "Free space where the evidence lies.").set(after.free_bytes)
    _gauge(registry, "disk_over_budget_bytes", "How far the evidence is above its budget.").set(
        after.plan.over_bytes if after.plan else 0
    )
    notices = _gauge(registry, "notices", "Notices by how they stand.", "state", "overdue")
    standing = Counter(
        (each.last.state if each.last else "open", str(bool(each.last and each.last.overdue)).lower())
        for each in after.notices
    )
    for labels, count in standing.items():
        notices.labels(*labels).set(count)
    write_to_textfile(str(path), registry)


def _night(registry: CollectorRegistry, night: Night) -> None:
    _gauge(registry, "last_run_timestamp_seconds", "End of the last night.").set(_seconds(night.ended))
    _gauge(registry, "exit_code", "Exit code of the last night.").set(night.exit_code)
    _gauge(registry, "void", "1 where the last night is void.").set(night.void)
    duration = _seconds(night.ended) - _seconds(night.began)
    _gauge(registry, "duration_seconds", "How long the last night took.").set(duration)
    recall = night.canary.recall if night.canary else None
    if recall is not None:  # none is not nought: where nothing was looked at, nothing is written
        _gauge(registry, "canary_recall_ratio", "Share of planted violations that the canary found.").set(
            recall
        )
    _gauge(registry, "journeys_planned", "Journeys that the last night planned.").set(len(night.planned))
    unseen = _gauge(
        registry, "not_observed", "Stages and journeys that the last night did not see.", "target"
    )
    for target, count in Counter(each.target for each in night.not_observed).items():
        unseen.labels(target).set(count)
    findings = _gauge(
        registry, "findings", "Open findings of the last night by state.", "target", "device", "state"
    )
    for journey in night.journeys:
        for state in STATES:
            findings.labels(journey.target, journey.device, state).set(journey.count(state))


def _journeys(registry: CollectorRegistry, night: Night) -> None:
    labels = ("target", "device", "attempt")
    facts = {
        "duration_s": _gauge(registry, "journey_duration_seconds", "How long a journey took.", *labels),
        "cpu_s": _gauge(registry, "journey_cpu_seconds", "CPU time of a journey.", *labels),
        "peak_memory_bytes": _gauge(
            registry, "journey_peak_memory_bytes", "Most memory of a journey.", *labels
        ),
        "bundle_bytes": _gauge(registry, "journey_bundle_bytes", "Size of a journey's bundle.", *labels),
    }
    for outcome in night.outcomes:
        job = outcome.job
        for name, gauge in facts.items():
            value = getattr(outcome, name)
            if value is not None:
                gauge.labels(job.target, job.device, str(job.attempt)).set(value)


def _gauge(registry: CollectorRegistry, name: str, said: str, *labels: str) -> Gauge:
    return Gauge(f"pantau_night_{name}", said, labels, registry=registry)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
