"""Every error a user of Pantau can meet.

CrawlerError
├── ConfigError                exit 2   usage, settings, machine
│   ├── ScenarioError          exit 2   a scenario file that cannot be loaded
│   ├── PolicyError            exit 2   a policy pack that cannot be loaded
│   ├── NightRunning           exit 2   another night holds the lock
│   └── AccountError           exit 2   an account of the review desk, or the file of all
├── CaptureError               exit 4   nothing could be captured
│   ├── StageError                      a stage was not reached (recorded, the run goes on)
│   │   ├── StageTimeout
│   │   ├── NavigationError
│   │   └── GuardRefused               the guard stopped what the stage needed
│   ├── BrowserCrashed
│   └── CollectorError                 one artifact could not be taken (recorded, the run goes on)
│       └── DocumentChanged            the page went on to another document meanwhile
├── EvidenceError              exit 6   integrity
│   ├── BundleCorrupt
│   ├── ArtifactMissing
│   ├── BadPicture                     a picture that cannot be decoded
│   ├── SchemaTooNew
│   └── JournalBroken                  an append-only record that somebody changed
├── DecisionRefused            exit 2   a decision that cannot be taken as it is
│   └── DecisionConflict               somebody decided meanwhile
├── JournalUnwritable          exit 5   an append-only record takes no line
├── PruneFailed                exit 5   a bundle cannot be removed (it stays whole)
├── PoolUnusable               exit 5   files cannot be shared between bundles (the bundles stay as they are)
├── ReaderError                exit 5   a reader (OCR) could not work (recorded as not testable)
├── RuleError                  exit 5   a rule broke (recorded as not testable)
├── ReportError                exit 5
├── NightError                 exit 5   the record of a night
│   ├── NightUnreadable
│   ├── NightUnwritable
│   └── QueueError                     its queue cannot be used
└── IndexUnavailable           exit 5   the index cannot be used (after a run: a warning)

Exit codes of the command line:
0 every obligation tested and passed · 1 indications found · 2 usage or configuration ·
3 something needs review or could not be tested · 4 no stage captured · 5 internal error · 6 integrity failure
"""

from __future__ import annotations

from typing import ClassVar


class CrawlerError(Exception):
    """Base of all errors: a sentence that says what happened and where, and a hint that says what to do.

    Args:
        message: What happened, and where.
        hint: What the reader can do about it; empty where nothing can be done.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the hint when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[CrawlerError], message: str, hint: str) -> CrawlerError:
    return kind(message, hint=hint)


class ConfigError(CrawlerError):
    """Usage, settings or the machine are not as a run needs them."""

    exit_code = 2


class ScenarioError(ConfigError):
    """A scenario file cannot be loaded or says something impossible."""


class PolicyError(ConfigError):
    """A policy pack or word list cannot be loaded."""


class NightRunning(ConfigError):
    """Another night holds the lock of the nights' folder."""


class AccountError(ConfigError):
    """An account of the review desk is missing or there already, or their file cannot be used."""


class CaptureError(CrawlerError):
    """Nothing could be captured."""

    exit_code = 4


class StageError(CaptureError):
    """A stage was not reached."""


class StageTimeout(StageError):
    """A stage did not come about in time."""


class NavigationError(StageError):
    """The browser could not open an address."""


class GuardRefused(StageError):
    """The guard stopped the click or request that the stage needed."""


class BrowserCrashed(CaptureError):
    """The browser or a page of it died."""


class CollectorError(CaptureError):
    """One artifact could not be taken."""


class DocumentChanged(CollectorError):
    """The page went on to another document while one artifact was taken."""


class EvidenceError(CrawlerError):
    """A bundle is not what it says it is."""

    exit_code = 6


class BundleCorrupt(EvidenceError):
    """A file of a bundle does not match its seal."""


class ArtifactMissing(EvidenceError):
    """A bundle lacks an artifact that it lists."""


class BadPicture(EvidenceError):
    """A picture cannot be decoded, or is too large to be."""


class DocumentUnreadable(EvidenceError):
    """A document such as a PDF is damaged, locked, or takes too much to be read."""


class SchemaTooNew(EvidenceError):
    """A bundle was written by a newer Pantau."""


class JournalBroken(EvidenceError):
    """A line of an append-only record was changed or taken out."""


class JournalUnwritable(CrawlerError):
    """An append-only record cannot be read or takes no line; what it holds is as it was."""


class DecisionRefused(CrawlerError):
    """A decision of a reviewer cannot be taken as it is; nothing was written."""

    exit_code = 2


class DecisionConflict(DecisionRefused):
    """Somebody decided about the same meanwhile; the decision was not written."""


class PruneFailed(CrawlerError):
    """A bundle that retention lets go cannot be removed, or its remains cannot be written."""


class PoolUnusable(CrawlerError):
    """The files that bundles share cannot be listed or written; every bundle is as it was."""


class ReaderError(CrawlerError):
    """A reader of evidence, such as OCR, is missing or broke."""


class RuleError(CrawlerError):
    """A rule broke while it judged a bundle."""


class IndexUnavailable(CrawlerError):
    """The index of stored runs cannot be read or written; the bundles themselves are untouched."""


class NightError(CrawlerError):
    """The record of a night cannot be read or written; the bundles of the night are untouched."""


class NightUnreadable(NightError):
    """A record of a night is there and cannot be read."""


class NightUnwritable(NightError):
    """The disk does not take a record of a night."""


class QueueError(NightError):
    """The queue of a night cannot be used; what was walked lies in the folder of the night."""


class ReportError(CrawlerError):
    """A report could not be written."""
