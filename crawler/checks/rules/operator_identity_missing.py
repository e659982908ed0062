"""A page that should say who runs the service does not say that Tokopedia does.

Flags
    A storefront (or the notice on it), payment page or invoice that was reached and read, where nothing a
    shopper sees states Tokopedia as the operator, or where a sentence states the social medium as the
    operator.

Why
    When the shop was moved, the ministry and the companies named the operator statement as what a shopper
    sees of it: a notice on entry, a line at the payment step, the issuer on the invoice.

How decided
    Visible page text of all frames, put together where it lies on one line or goes on below, is searched in
    folded form for the dated sentences of `brands.toml`; company forms and abbreviations are data. A
    sentence that names Tokopedia settles the visit, unless the words around it deny it or leave it open
    (`statements.toml`), or the name goes on to that of another company. Where page text states nothing,
    pictures are read: a sentence clearly read there settles the visit too, and the count says so. A sentence
    that names the social medium as operator fails. Absence and a denial fail where the pack says so
    (payment, invoice); elsewhere they need review. So do, everywhere, a sentence left open, one that only
    hidden text or a doubtful reading of a picture holds, and a part of one: the company's name without what
    it does, or the verb with no name behind it.

Evidence
    The page's `text.json`, or the tiles of its picture; for a sentence its words and its box.

Cannot tell when
    No page of a required stage bore the marks of that stage: on such a page nothing is missing. A frame or
    the page's text, or pictures on the page, could not be read, and what was read states no operator.

Limits
    A statement in words that the data does not list is not recognised: the sentences are data, with their
    sources. Text that another element covers counts as seen.

Source
    Kompas, 3 and 4 April 2024 (the sentences); Kemendag, 12 March 2024 (managed by PT Tokopedia).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import Field

from crawler.checks import passages, phrases, pictured, statements
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.runs import runs
from crawler.lib.steady import normal
from crawler.model.finding import Locus
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.checks.pages import PageText
    from crawler.checks.runs import TextRun
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

SURE = 0.95
ABSENT = 0.8
UNCLEAR = 0.6

Outcome = Literal["fail", "needs_review"]
How = Literal["open", "part", "hidden", "picture", "denied"]
ORDER: tuple[How, ...] = ("open", "part", "picture", "hidden", "denied")

meta = RuleMeta(
    id="operator-identity-missing",
    version=5,
    needs=frozenset({Need.TEXT, Need.PIXELS}),
    stages=(Stage.STOREFRONT, Stage.PAYMENT, Stage.INVOICE),
    messages={
        "operator-identity-missing.absent": ("stage",),
        "operator-identity-missing.denied": ("stage", "text"),
        "operator-identity-missing.unclear": ("stage", "text", "how"),
        "operator-identity-missing.other-operator": ("stage", "text"),
    },
    rests_on=(Stage.STOREFRONT, Stage.PAYMENT, Stage.INVOICE),
)


class Params(PolicyModel):
    """Where the statement is due, and what its absence amounts to."""

    due: dict[Stage, Literal["fail", "needs_review"]] = Field(
        default={Stage.STOREFRONT: "needs_review", Stage.PAYMENT: "fail", Stage.INVOICE: "fail"},
        description="what absence amounts to at each stage kind where the statement is due",
    )


@dataclass(frozen=True)
class _Near:
    """Words that are no statement, but come near one, and why they are none."""

    how: How
    page: int
    url: str
    evidence: tuple[str, ...]
    run: TextRun
    span: tuple[int, int]
    channel: str


class _Parts(NamedTuple):
    """What a statement is made of on a day: the company's name, and the verb before it."""

    names: tuple[str, ...]
    verbs: tuple[str, ...]


def run(view: View, params: Params) -> Answer:
    """Look for the operator statement at each visit where it is due."""
    found: list[Found] = []
    checked = {"visits": 0}
    for visit in view.visits:
        if visit.kind not in params.due:
            continue
        checked["visits"] += 1
        before = len(view.gaps)
        pages = view.text(visit)
        others = list(_others(view, visit, pages))
        found += others
        near = list(_near_statements(view, pages))
        if any(each is None for each in near):
            view.settled(visit)
            continue
        shown = list(_in_pictures(view, visit))
        if any(each is None for each in shown):
            checked["in-pictures"] = checked.get("in-pictures", 0) + 1
            view.settled(visit)
        elif pages and not others:
            coming = [each for each in (*near, *shown) if each is not None]
            found += _findings_of_absence(
                view, visit, pages, coming, params.due[visit.kind], read=len(view.gaps) == before
            )
    return Answer(tuple(found), checked)


def _findings_of_absence(
    view: View, visit: Visit, pages: tuple[PageText, ...], near: list[_Near], due: Outcome, *, read: bool
) -> Iterator[Found]:
    """Yield what it amounts to that nothing is stated: what comes nearest, else absence if all was read."""
    nearest = min(near, key=lambda each: ORDER.index(each.how), default=None)
    shown = read and view.confirmed(visit)  # on a page that does not show its stage nothing is missing
    if nearest is not None and (shown or nearest.how in ("open", "denied")):
        yield _unclear(view, visit, nearest, due)
    elif nearest is None and shown:
        yield _absent(view, visit, pages, due)


def _near_statements(view: View, pages: tuple[PageText, ...]) -> Iterator[_Near | None]:
    """Yield what page text holds of statements, None for one that is clear."""
    sentences, parts = view.brands.stated("e-commerce", view.on), _parts(view)
    for page in pages:
        read = (*passages.lines(page.record), *passages.paragraphs(page.record))
        for text in read:
            said = statements.best(passages.spoken(text), sentences, whole=True)
            if said is not None:
                near = _near_place(
                    page, text, (said.start, said.end), "denied" if said.grade == "denied" else "open"
                )
                yield None if said.grade == "stated" else near
                continue
            named = partial(_goes_on, view, pages, page, text)
            if place := _place_of_part(parts, passages.spoken(text), named=named):
                yield _near_place(page, text, place, "part")
        for text in passages.unseen(page.record):
            said = statements.best(text.text, sentences, whole=True)
            if said is not None and said.grade != "denied":
                yield _near_place(page, text, (said.start, said.end), "hidden")


def _near_place(page: PageText, text: TextRun, span: tuple[int, int], how: How) -> _Near:
    return _Near(how, page.page, page.url, (page.path,), text, span, text.channel)


def _parts(view: View) -> _Parts:
    names, verbs = (view.brands.stated("e-commerce", view.on, part) for part in ("name", "verb"))
    return _Parts(names, verbs)


def _place_of_part(parts: _Parts, text: str, *, named: Callable[[], bool]) -> tuple[int, int] | None:
    """Return where a part of a statement stands: the name, or a verb behind which nothing stands.

    A verb counts where the operator's name is what follows the text, which `named` says.
    """
    said = statements.best(text, parts.names)
    if said is not None and said.grade != "denied":
        return said.start, said.end
    for verb in statements.find_sentences(text, parts.verbs):
        if verb.grade != "denied" and not any(map(str.isalnum, text[verb.end :])) and named():
            return verb.start, verb.end
    return None


def _goes_on(view: View, pages: tuple[PageText, ...], page: PageText, said: TextRun) -> bool:
    """Say whether the operator's name is what follows a text: next in its frame, or in another frame.

    A label with another name below it is no part of a statement that Tokopedia operates.
    """
    names = view.brands.names("e-commerce", "brand", view.on)
    frame, last = said.pieces[-1].frame, said.pieces[-1]
    every = runs(page.record)
    at = next((at for at, each in enumerate(every) if last.block == each.pieces[0].block
               and frame == each.pieces[0].frame), len(every))  # fmt: skip
    mine = [each for each in every[at + 1 :] if each.pieces[0].frame == frame and each.text.strip()]
    elsewhere = [each for other in pages for each in runs(other.record)
                 if (other.page, each.pieces[0].frame) != (page.page, frame)]  # fmt: skip
    return any(phrases.first(each.text, names) for each in (*mine[:1], *elsewhere))


def _in_pictures(view: View, visit: Visit) -> Iterator[_Near | None]:
    """Yield what pictures hold of statements, None for one that is clear and clearly read."""
    sentences, parts = view.brands.stated("e-commerce", view.on), _parts(view)
    for each in pictured.passages_of(view, visit):
        text, page = each.run, each.page
        said = statements.best(text.text, sentences, whole=True)
        if said is None:
            place = _place_of_part(parts, text.text, named=lambda: False)
            if pictured.holds_any_sentence(text.text, sentences):
                place = (0, len(text.text))
            if place is None:
                continue
            how: How = "picture"
        elif said.grade == "stated" and each.clear:
            yield None
            continue
        else:
            place, how = (said.start, said.end), "denied" if said.grade == "denied" else "picture"
        box = text.box(*place)
        paths = page.paths(box) if box else ()
        yield _Near(how, page.page, page.url, paths, text, place, "pixels")


def _others(view: View, visit: Visit, pages: tuple[PageText, ...]) -> Iterator[Found]:
    sentences = view.brands.stated("social", view.on)
    for page in pages:
        for text in passages.lines(page.record):
            said = statements.best(passages.spoken(text), sentences)
            if said is None or said.grade == "denied":
                continue
            place = (said.start, said.end)
            snippet = text.snippet(*place)
            yield Found(
                outcome="fail" if said.grade == "stated" else "needs_review",
                visit=visit,
                locus=Locus(page=page.page, box=text.box(*place), channel=text.channel, frame=text.frame_url),
                observed=snippet,
                expected=_expected(view),
                message=message(
                    f"{meta.id}.other-operator", stage=visit.kind.value, text=text.text[slice(*place)]
                ),
                confidence=SURE,
                evidence=(page.path,),
                key=("text", normal(snippet)),
                url=page.url,
            )


def _unclear(view: View, visit: Visit, near: _Near, due: Outcome) -> Found:
    text = near.run.text[slice(*near.span)]
    facts = {"stage": visit.kind.value, "text": text, "how": near.how}
    slug = "denied" if near.how == "denied" else "unclear"
    message_id = f"{meta.id}.{slug}"
    return Found(
        outcome=due if slug == "denied" else "needs_review",
        visit=visit,
        locus=Locus(
            page=near.page, box=near.run.box(*near.span), channel=near.channel, frame=near.run.frame_url
        ),
        observed=near.run.snippet(*near.span),
        expected=_expected(view),
        message=message(message_id, **{name: facts[name] for name in meta.messages[message_id]}),
        confidence=UNCLEAR if slug == "unclear" else SURE,
        evidence=near.evidence,
        key=(slug, near.how),
        url=near.url,
        hidden=near.how == "hidden",
    )


def _absent(view: View, visit: Visit, pages: tuple[PageText, ...], outcome: Outcome) -> Found:
    return Found(
        outcome=outcome,
        visit=visit,
        locus=Locus(page=pages[0].page),
        observed="",
        expected=_expected(view),
        message=message(f"{meta.id}.absent", stage=visit.kind.value),
        confidence=ABSENT,
        evidence=tuple(page.path for page in pages),
        key=("absent",),
        url=pages[0].url,
    )


def _expected(view: View) -> str:
    sentences = view.brands.stated("e-commerce", view.on)
    return sentences[0] if sentences else ""
