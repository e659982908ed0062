"""Pages speak Indonesian first, English at a click."""

from __future__ import annotations


def test_a_page_is_indonesian_unless_english_is_asked_for(visit):
    client = visit("viewer")
    client.cookies.delete("pantau-lang")
    assert '<html lang="id">' in client.get("/").text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/").text


def test_the_other_language_is_the_same_page(visit):
    assert "/?a=1&amp;b=%3C&amp;lang=id" in visit("viewer").get("/?a=1&b=%3C&lang=en").text


def test_the_navigation_has_what_the_desk_has(app, visit):
    page = visit("viewer").get("/").text
    for name in ("queue", "runs", "nights", "hosts", "cases", "search", "start"):
        assert (f'href="/{name}"' in page) is (f"/{name}" in app.state.pages)


def test_a_page_that_is_not_there_leaves_one_at_the_desk(visit):
    inside, outside = visit("viewer").get("/nowhere"), visit().get("/nowhere")
    assert (inside.status_code, outside.status_code) == (404, 404)
    assert 'href="/queue"' in inside.text
    assert 'href="/queue"' not in outside.text
