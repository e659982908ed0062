"""What a page or a message says in 60,000 signs takes no time that grows with its square."""

from __future__ import annotations

import time

import pytest

from crawler.browse.guard import advances, orders
from crawler.browse.guard.call import SOCKET, Call
from crawler.checks import contacts, statements
from crawler.derive.claims import instructions, leads
from crawler.lib import compounds, marks, text
from crawler.model import wall
from crawler.model.page_facts import PageFacts, ShownLine, Surface
from crawler.model.scenario import Stage

CHARS = 60_000
MOST_CPU_S = 4.0  # of this process, idle machine or not; what grew with the square took longer
NAMES = ("TikTok", "Tokopedia", "TikTok Shop")
SENTENCES = ("diselenggarakan oleh PT Tokopedia", "disediakan … PT Tokopedia")
PIECES = ("7", "7.", " ", "a.", "+62 ", "-mutation", "tiktok", "TikTok ", "TikToknya ", "t i k t o k ")
HOSTILE = {
    **{piece: (piece * CHARS)[:CHARS] for piece in PIECES},
    "lines": "\n".join("7." * 499 + str(number) for number in range(100)),
    "methods": "supportedMethods:" + " " * CHARS,
    "words": " ".join(f"w{number}" for number in range(CHARS // 7)),
}


def judged(said):
    call = Call(SOCKET, "wss://toko.example/s", body=said.encode())
    return orders.judge(call).rule, advances.advance(call)


READERS = {
    "marks": lambda said: marks.weigh_stages(
        marks.MarkedPage(said, title=said, headings=(said,), fields=(said,))
    ),
    "wall": lambda said: wall.wall(
        PageFacts(Surface(title=said, lines=tuple(map(ShownLine, said.split("\n"))), source=said)), Stage.CART
    ),
    "statements": lambda said: statements.find_sentences(said, SENTENCES),
    "contacts": lambda said: [*contacts.phones(said), *contacts.emails(said)],
    "names": lambda said: text.find_words(said, NAMES, confusable=True),
    "names in words": lambda said: compounds.inside(said, NAMES),
    "instructions": lambda said: [instructions._instruction_in(kind, said) for kind in instructions._kinds()],
    "leads": lambda said: [
        hit[0]
        for pattern in (leads._REFRESH, leads._GOES, leads._METHODS, leads._DEEP)
        for hit in pattern.finditer(said)
    ],
    "message": judged,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_hostile_text_is_read_in_bounded_time(reader):
    slow = {}
    for name, said in HOSTILE.items():
        begun = time.process_time()
        READERS[reader](said)
        taken = time.process_time() - begun
        if taken > MOST_CPU_S:
            slow[name] = taken
    assert slow == {}
