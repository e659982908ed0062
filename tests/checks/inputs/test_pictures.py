"""What pictures and icons show, and which of them nobody could read."""

from types import SimpleNamespace

import pytest

from crawler.checks.inputs.pictures import page_icons, page_pictures
from crawler.derive.pictures.ocr import PixelText
from crawler.model.evidence import IconRecord, TileMap
from tests.bundles import a_visit

TILES = TileMap(page_width=1, page_height=1, scale=1, tiles=(), truncated=False, scroll_pass={})


def pictured(reading, told, read=None, **tiles):
    """Return what is told of one page with these tiles, read as this."""
    made = reading(a_visit("cart"))
    visit = made.run.visits[0]
    artifact = visit.artifact("text").model_copy(update={"kind": "tiles"})
    visit = visit.model_copy(update={"artifacts": (artifact,)})
    fake = SimpleNamespace(tiles=lambda _: TILES.model_copy(update=tiles))
    seen = page_pictures(fake, SimpleNamespace(page=lambda *_: read), visit)
    return len(seen.value), [message for _, message in told(seen.unread)]


def test_a_page_that_was_read_whole_has_no_gap(reading, told):
    assert pictured(reading, told, PixelText(status="read")) == (1, [])


@pytest.mark.parametrize("cut", [False, True])
def test_a_page_read_in_part_says_whether_its_picture_was_cut(reading, told, cut):
    gap = "gap.picture-truncated" if cut else "gap.pixels-unread"
    assert pictured(reading, told, PixelText(status="partly"), truncated=cut) == (1, [gap])


def test_a_page_that_kept_moving_is_not_read(reading, told):
    assert pictured(reading, told, PixelText(status="read"), unsteady=True) == (0, ["gap.picture-unsteady"])


def test_a_reader_that_failed_is_told(reading, told):
    failed = PixelText(status="failed", error="ReaderError")
    assert pictured(reading, told, failed) == (1, ["gap.unreadable"])


def test_of_several_icons_one_that_was_kept_is_enough(reading, told):
    visit = reading(a_visit("cart")).run.visits[0]
    artifact = visit.artifact("text").model_copy(update={"kind": "icons"})
    visit = visit.model_copy(update={"artifacts": (artifact,)})

    def icons(*states):
        records = tuple(
            IconRecord(address=f"https://a.test/{number}", role="favicon", state=state, why="not asked for")
            for number, state in enumerate(states)
        )
        fake = SimpleNamespace(icons=lambda _: records)
        shows = SimpleNamespace(icon=lambda _: SimpleNamespace(status="read"))
        return [message for _, message in told(page_icons(fake, shows, visit).unread)]

    assert icons("kept", "unseen") == []
    assert icons("unseen", "unseen") == ["gap.icon-unseen"]
