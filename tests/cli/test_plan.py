"""`pantau plan`: what a night would walk, when, and how long it took last time."""

import json


def test_journeys_of_every_target_with_what_they_took(pantau, place):
    code, out, _ = pantau("plan", "--json")
    said = json.loads(out)
    assert code == 0
    first = said["journeys"][0]
    assert (first["target"], first["site"]) == ("toko-a", "toko.example")
    assert said["starts"] < said["deadline"]
    assert said["workers"] >= 1


def test_in_words(pantau, place):
    code, out, _ = pantau("plan")
    assert code == 0
    assert "toko-a" in out


def test_a_file_that_a_target_names_has_to_be_there(pantau, place):
    text = (place / "pantau.toml").read_text()
    (place / "pantau.toml").write_text(text + 'scenario = "tidak-ada.py"\n')
    code, _, err = pantau("plan")
    assert code == 2
    assert "tidak-ada.py" in err


def test_without_a_file_of_targets_it_says_how_to_get_one(pantau, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = pantau("plan")
    assert code == 2
    assert "pantau.toml" in err
