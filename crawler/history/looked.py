"""What of a rule's gaps keeps a place from counting as looked at; shared by comparisons and series."""

from __future__ import annotations

# What is missing of the network record bears the last visit's number and concerns every stage.
_OF_THE_WHOLE_RECORD = frozenset({"gap.lines-dropped", "gap.log-cut", "gap.recorder-failed"})


def concerns(
    *,
    message: str,
    reader: object,
    gap_visit: int | None,
    gap_stage: str | None,
    visits: set[int],
    stage: str,
) -> bool:
    """Say whether a gap of a rule lies at one of some visits, or on the whole record.

    Args:
        message: The gap's message id.
        reader: What could not be read, of the message's parameters.
        gap_visit: The visit that the gap names, None where a whole stage is missing.
        gap_stage: The stage that it names, None where it concerns the run.
        visits: Ordinals of the visits in question.
        stage: Their kind.
    """
    if message in _OF_THE_WHOLE_RECORD or reader == "wire":
        return True
    return gap_visit in visits or (gap_visit is None and gap_stage in (None, stage))
