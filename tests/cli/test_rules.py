"""`pantau rules`: what is judged, in words and for machines."""

import json

from crawler.checks import registry


def test_every_obligation_with_its_article_and_rules(pantau):
    code, out, _ = pantau("rules", "--policy", "permendag-31-2023", "--json")
    said = json.loads(out)
    assert (code, said["policy"]) == (0, "permendag-31-2023")
    known = registry.rules()
    listed = [rule for each in said["obligations"] for rule in each["rules"]]
    assert listed
    assert all(known[rule["id"]].meta.version == rule["version"] for rule in listed)


def test_in_words_of_either_language(pantau, monkeypatch):
    said = {}
    for lang in ("id_ID.UTF-8", "en_US.UTF-8"):
        monkeypatch.setenv("LC_ALL", lang)
        said[lang] = pantau("rules", "--as-of", "2024-03-12")[1]
    assert len(set(said.values())) == 2
    assert all("foreign-brand-text v" in text for text in said.values())


def test_the_day_decides_which_pack(pantau):
    packs = {
        json.loads(pantau("rules", "--as-of", day, "--json")[1])["policy"]
        for day in ("2024-03-12", "2026-12-31")
    }
    assert len(packs) == 2


def test_a_pack_that_is_not_there_is_a_mistake_of_use(pantau):
    code, _, err = pantau("rules", "--policy", "permendag-99")
    assert code == 2
    assert "permendag-99" in err
