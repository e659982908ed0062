"""What texts became is remembered until it may be another."""

from crawler.lib import answers
from crawler.lib.answers import Answers
from crawler.lib.learned import Learned


class Maker:
    def __init__(self):
        self.asked = []

    def __call__(self, text):
        self.asked.append(text)
        return text.upper()


def test_a_text_is_made_once_until_a_value_is_learned():
    learned, make = Learned(), Maker()
    memory = Answers(learned)
    assert [memory.of(text, make) for text in ("a", "b", "a")] == ["A", "B", "A"]
    assert make.asked == ["a", "b"]
    learned.add("a1b2c3d4", "h:0")
    assert memory.of("a", make) == "A"
    assert make.asked == ["a", "b", "a"]


def test_an_answer_that_taught_something_is_not_remembered():
    learned = Learned()
    memory = Answers(learned)

    def learning(text):
        learned.add(f"{text}-1234567", "h:0")
        return text

    memory.of("a", learning)
    make = Maker()
    assert memory.of("a", make) == "A"


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(answers, "MOST_TEXTS", 3)
    monkeypatch.setattr(answers, "LONG_CHARS", 5)
    memory, make = Answers(Learned()), Maker()
    for text in ("a", "b", "c", "d", "a", "much too long", "much too long"):
        memory.of(text, make)
    assert make.asked == ["a", "b", "c", "d", "a", "much too long", "much too long"]
    assert len(memory._known) <= 3
