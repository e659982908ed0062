"""What stands in every bundle of the guard: its limits in words, and the words it went by."""

from crawler.browse.guard import limits
from crawler.lib import words


def test_every_limit_has_a_name_of_its_own_and_says_something():
    names = [limit.partition(": ")[0] for limit in limits.LIMITS]
    assert len(set(names)) == len(names)
    assert all(limit.partition(": ")[2] for limit in limits.LIMITS)


def test_the_hash_follows_both_lists(monkeypatch):
    before = limits.words_sha256()
    real = words.sha256
    for changed in ("words/guard.toml", "words/advances.toml"):
        monkeypatch.setattr(
            words, "sha256", lambda name, changed=changed: real(name) + (name == changed) * "x"
        )
        assert limits.words_sha256() != before
