"""Shows on standard error how far something is: a bar where a person watches, lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

from crawler.lib.printable import printable

if TYPE_CHECKING:
    from types import TracebackType

    from crawler.lib.i18n import Translator


class _Shown:
    """Shows a bar from when it is entered until it is left."""

    _bar: Progress

    def __enter__(self) -> Self:
        """Start the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()


def _bar(console: Console, *first: ProgressColumn, shown: bool) -> Progress:
    """Return a bar with how far it is, how long it took, and what is under way."""
    return Progress(
        *first,
        BarColumn(bar_width=24),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        disable=not shown,
    )


class RunProgress(_Shown):
    """A progress bar over the stages that a scenario declares; call it with the supervisor's events.

    Without `bar` it writes lines even where a person watches: two bars would overwrite each other.
    """

    def __init__(self, words: Translator, label: str, *, bar: bool = True) -> None:
        self._words, self._label = words, printable(label)
        self._console = Console(stderr=True)
        first = TextColumn("{task.fields[label]}", markup=False)
        self._bar = _bar(self._console, first, shown=bar and self._console.is_terminal)
        self._task = self._bar.add_task("", total=1, label=self._label)

    def __call__(self, event: dict[str, Any]) -> None:
        """Take one event of the supervisor."""
        if event["event"] == "opened":
            self._bar.update(self._task, total=len(event["scenario"]["stages"]))
        elif event["event"] == "stage":
            self._bar.update(self._task, description=printable(self._words(f"stage.{event['kind']}")))
        elif event["event"] == "visit":
            self._visited(event)
        elif event["event"] == "refusal":
            self._say(self._words("cli.refused", what=event["what"], word=event["word"] or event["url"]))

    def note(self, message_id: str) -> None:
        """Say what goes on after the last stage."""
        self._bar.update(self._task, description=self._words(message_id))

    def _visited(self, event: dict[str, Any]) -> None:
        self._bar.advance(self._task)
        stage = self._words(f"stage.{event['kind']}")
        if event["reached"]:
            self._say(self._words("cli.reached", stage=stage))
        else:
            reason = self._words("reason." + event["reason"].replace(" ", "-"))
            self._say(self._words("cli.not-reached", stage=stage, reason=reason))

    def _say(self, text: str) -> None:
        line = printable(f"{self._label}: {text}")
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class Counter(_Shown):
    """Shows which of several files is worked on; nothing for one alone."""

    def __init__(self, total: int) -> None:
        self._total, self._begun = total, 0
        self._console = Console(stderr=True)
        self._bar = _bar(self._console, shown=total > 1 and self._console.is_terminal)
        self._task = self._bar.add_task("", total=total)

    def begin(self, name: str) -> None:
        """Say that work on a file begins."""
        shown = printable(name)
        self._bar.update(self._task, completed=self._begun, description=shown)
        self._begun += 1
        if self._total > 1 and not self._console.is_terminal:
            line = f"{self._begun}/{self._total} {shown}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
