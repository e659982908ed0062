"""A visit answers which artifacts its pages left."""

from crawler.model.evidence import Artifact, PageRecord, Visit
from crawler.model.scenario import Stage


def an_artifact(kind, page, name):
    return Artifact(kind=kind, path=f"data/stages/01-cart/{name}", page=page, sha256="0" * 64, bytes=1)


def a_page(number, url):
    return PageRecord(page=number, url=url, title="", viewport_px=(1, 1), scale=1)


VISIT = Visit(
    ordinal=1,
    kind=Stage.CART,
    reached=True,
    urls=("https://shop.test/", "https://shop.test/cart"),
    pages=(a_page(1, "https://shop.test/cart"), a_page(2, "")),
    artifacts=(
        an_artifact("html", 1, "page.html"),
        an_artifact("html", 1, "frame-01.html"),
        an_artifact("text", 2, "p2-text.json"),
    ),
)


def test_artifacts_are_had_by_kind_and_page():
    assert VISIT.artifact("html").path.endswith("page.html")
    assert VISIT.artifact("text") is None
    assert VISIT.artifact("text", 2).page == 2
    assert [each.path[-13:] for each in VISIT.artifacts_of("html", 1)][1] == "frame-01.html"
    assert len(VISIT.artifacts_of("text")) == 1


def test_a_page_without_an_address_has_that_of_the_visit():
    assert VISIT.url_of(1) == VISIT.url_of(2) == "https://shop.test/cart"
    assert VISIT.model_copy(update={"urls": ()}).url_of(2) == ""
