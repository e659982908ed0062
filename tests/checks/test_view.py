"""What a view says could not be looked at, and when that no longer matters."""

from datetime import date

import pytest

from crawler.checks.base import Need, RuleMeta
from crawler.checks.view import View
from crawler.derive.pictures.reader import PictureReader
from crawler.derive.reading import reading_of
from crawler.model.evidence import CollectorFailure
from crawler.model.policy import load_brands, load_pack
from crawler.model.scenario import Stage
from tests.bundles import a_request, a_visit, make_bundle

DAY = date(2024, 3, 12)


@pytest.fixture
def view_of(tmp_path):
    """Return a view of a bundle with these visits, for a rule on cart and payment that reads everything."""

    def view_of(*visits, **facts):
        bundle = make_bundle(tmp_path, visits=visits, **facts)
        meta = RuleMeta("seer", 1, frozenset(Need), (Stage.CART, Stage.PAYMENT), {})
        pack = load_pack("permendag-31-2023")
        return View(reading_of(bundle), PictureReader(bundle), meta, pack=pack, brands=load_brands(), on=DAY)

    return view_of


def ids(view):
    return [gap.message.id for gap in view.gaps]


def opened(visit, url="https://www.tokopedia.com/x", **facts):
    return a_request(url, visit=visit, **({"type": "document"} | facts))


def test_a_visit_that_was_not_reached_is_a_gap_from_the_start(view_of):
    view = view_of(a_visit("cart", reached=False, reason="timeout"), a_visit("search", reached=False))
    assert [gap.message.params for gap in view.gaps] == [{"stage": "cart", "reason": "timeout"}]


def test_a_gap_is_told_once_however_often_it_is_met(view_of):
    view = view_of(a_visit("cart", unread=["https://f.test/"]))
    for _ in range(3):
        view.text(view.visits[0])
    assert ids(view) == ["gap.frame-unread"]


def test_a_settled_visit_has_no_gaps_and_the_others_keep_theirs(view_of):
    view = view_of(
        a_visit("cart", unread=["https://f.test/"]), a_visit("payment", unread=["https://g.test/"])
    )
    for visit in view.visits:
        view.text(visit)
    view.settled(view.visits[0])
    assert [gap.message.params["frame"] for gap in view.gaps] == ["https://g.test/"]


def test_storage_that_is_no_list_of_items_is_a_gap(view_of, tmp_path):
    view = view_of(a_visit("cart"))
    artifact = next(each for each in view.visits[0].artifacts if each.kind == "storage")
    (file,) = tmp_path.rglob(artifact.path.rpartition("data/")[2])
    file.write_text("[{}]")
    assert view.storage(view.visits[0]) == ()
    assert view.gaps[0].message.params["error"] == "BundleCorrupt"


def test_forms_and_frames_that_are_missing_are_gaps_of_the_payment_claims(view_of):
    view = view_of(a_visit("payment", without=["forms", "frames"]), requests=[opened(1)])
    assert [claim.claim for claim in view.claims()] == ["other"]
    assert [gap.message.params["artifact"] for gap in view.gaps] == ["forms", "frames"]


@pytest.mark.parametrize(
    ("requests", "gaps"),
    [
        ([opened(1), opened(2)], []),
        ([opened(1)], []),  # the page that the first visit opened shows the second as well
        ([opened(1, "https://elsewhere.test/")], ["gap.wire-silent"]),
        ([opened(1, type="fetch")], ["gap.wire-silent"]),
        ([opened(1, type="fetch"), opened(2, state="refused")], ["gap.wire-silent"]),
        ([opened(2)], ["gap.wire-silent"]),
        ([], ["gap.wire-silent", "gap.wire-silent"]),
    ],
)
@pytest.mark.parametrize("read", ["requests", "claims"])
def test_a_visit_without_a_request_for_its_page_is_a_gap(view_of, requests, gaps, read):
    view = view_of(a_visit("cart"), a_visit("payment"), requests=requests)
    getattr(view, read)()
    assert ids(view) == gaps


def test_a_quiet_visit_voids_nothing_that_another_of_its_kind_shows(view_of):
    requests = [opened(1, type="fetch"), opened(3, "https://elsewhere.test/")]
    view = view_of(a_visit("cart"), a_visit("cart"), a_visit("payment"), requests=requests)
    view.requests()
    assert ids(view) == []


def test_pages_that_do_not_begin_with_the_first_leave_no_gap(view_of):
    view = view_of(a_visit("cart"))
    visit = view.visits[0]
    pages = tuple(page.model_copy(update={"page": 2}) for page in visit.pages)
    artifacts = tuple(each.model_copy(update={"page": 2}) for each in visit.artifacts)
    moved = visit.model_copy(update={"pages": pages, "artifacts": artifacts})
    assert len(view.text(moved)) == 1
    assert ids(view) == []
    closed = CollectorFailure(collector="all", page=1, error="PageClosed", message="closed")
    view.text(moved.model_copy(update={"failures": (closed,)}))
    assert ids(view) == ["gap.artifact-missing"]


def test_an_artifact_that_holds_only_a_part_leaves_a_gap(view_of):
    view = view_of(a_visit("cart"))
    cut = CollectorFailure.left_out("text", 1, "nodes", 3)
    other = CollectorFailure.left_out("storage", 1, "entries", 3)
    visit = view.visits[0].model_copy(update={"failures": (cut, other)})
    assert len(view.text(visit)) == 1
    assert ids(view) == ["gap.artifact-cut"]


def test_what_the_recorder_could_not_write_is_a_gap_wherever_it_was(view_of):
    broke = CollectorFailure(collector="requests", page=0, error="ValueError", message="boom")
    other = broke.model_copy(update={"collector": "storage"})
    view = view_of(
        a_visit("search", failures=[broke, other]),
        a_visit("cart"),
        requests=[opened(2)],
        failures=(broke.model_copy(update={"error": "OSError"}),),
    )
    view.requests()
    said = [(gap.message.id, gap.stage.value, gap.message.params["error"]) for gap in view.gaps]
    assert said == [
        ("gap.recorder-failed", "search", "ValueError"),
        ("gap.recorder-failed", "cart", "OSError"),
    ]


@pytest.mark.parametrize("stream", ["requests", "responses", "refusals"])
def test_a_line_that_cannot_be_read_is_a_gap(view_of, stream):
    files = {f"data/{stream}.jsonl": b'{"id": "r9", "url": "https://pay.tiktok.com/cha'}
    view = view_of(a_visit("cart"), files=files)
    view.requests()
    lost = [gap.message.params for gap in view.gaps if gap.message.id == "gap.lines-dropped"]
    assert lost == [{"count": 1}]


def test_the_same_lost_line_is_not_counted_twice(view_of):
    view = view_of(a_visit("cart"), files={"data/requests.jsonl": b"{\n"}, dropped_lines=1)
    view.requests()
    assert [gap.message.params.get("count") for gap in view.gaps if gap.message.params.get("count")] == [1]


def test_a_request_of_no_visit_is_judged_at_the_next_one_and_marked(view_of):
    view = view_of(a_visit("cart"), a_visit("payment"), requests=[opened(0), opened(1), opened(9)])
    assert [request.visit for request in view.requests()] == [0, 1, 9]
    assert [(view.visit(number).ordinal, view.stray(number)) for number in (0, 1, 9)] == [
        (1, "visit=0"),
        (1, ""),
        (2, "visit=9"),
    ]
