"""All that walks one journey: browser, tabs, recorder and guard, put together before a page is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.browse.crawl.present import Present
from crawler.browse.crawl.tabs import Tabs
from crawler.browse.guard.guard import Guard
from crawler.collect.network.recorder import RequestRecorder
from crawler.collect.run.downloads import Downloads
from crawler.store.layout import CHANGES, REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.browse.chromium.session import Session
    from crawler.lib.redact import Redactor
    from crawler.model.evidence import Change, Refusal
    from crawler.store.writer import BundleWriter


@dataclass(frozen=True)
class Crawl:
    """What a journey is walked with; made whole by `start_crawl`.

    Attributes:
        session: The browser of the run.
        writer: Takes the evidence.
        redactor: Hashes secrets before anything is written.
        emit: Tells the supervisor what happens: name of an event, then its facts.
        present: The visit under way.
        tabs: The tabs of the browser.
        recorder: Listens to requests and responses.
        downloads: Keeps the files that the journey downloads.
        guard: Stands between the journey and an order.
    """

    session: Session
    writer: BundleWriter
    redactor: Redactor
    emit: Callable[..., None]
    present: Present
    tabs: Tabs
    recorder: RequestRecorder
    downloads: Downloads
    guard: Guard


def start_crawl(
    session: Session, writer: BundleWriter, redactor: Redactor, emit: Callable[..., None]
) -> Crawl:
    """Let the recorder listen and the guard stand; no page may have been opened before.

    Raises:
        CaptureError: the guard does not stand.
    """
    context, present = session.context, Present()
    tabs = Tabs(session, present)
    server_of = session.proxied.server if session.proxied else None
    recorder = RequestRecorder(context, writer, redactor, session.settings, tabs.where, server_of=server_of)
    downloads = Downloads(session.work / "downloads", lambda: present.ordinal)

    def on_refusal(refusal: Refusal) -> None:
        writer.append(REFUSALS, refusal)
        emit("refusal", what=refusal.what, word=refusal.word, url=refusal.url)

    def on_change(change: Change) -> None:
        safe = {name: redactor.text(getattr(change, name)) for name in ("path", "operation")}
        writer.append(CHANGES, change.model_copy(update=safe))

    guard = Guard(
        on_refusal=on_refusal,
        refused_request=recorder.refused,
        where=present.stage,
        on_change=on_change,
        on_phase=lambda why: emit("phase", why=why),
    )
    context.on("page", guard.watch)  # before the recorder hears of the page: a popup waits for the guard
    recorder.attach()
    downloads.attach(context)
    guard.enable(context)
    guard.watch(tabs.living())
    emit("guard", enabled=True)
    return Crawl(session, writer, redactor, emit, present, tabs, recorder, downloads, guard)
