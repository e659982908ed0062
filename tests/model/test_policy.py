"""Packs and brands: what is read, what is refused, and that every refusal names file, key and line."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import PolicyError
from crawler.model.policy import (
    PACKS,
    PolicyPack,
    load_brands,
    load_pack,
    pack_in_force,
)
from crawler.model.toml_file import MAX_BYTES

HEAD = """\
id = "trial"
regulation = "Trial 1/2024"
in_force_from = 2024-01-01
source = "made for a test"
"""
TITLE = """
[title]
id = "Uji"
en = "Trial"
"""
OBLIGATION = """
[[obligations]]
id = "naming"
severity = "medium"
kind = "indication"
stages = ["cart"]
rules = ["foreign-brand-text"]
source = "made for a test"
"""
PACK = HEAD + TITLE + OBLIGATION


def read(tmp_path, text: str | bytes) -> PolicyPack:
    path = tmp_path / "trial.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_pack(path)


def refused(tmp_path, text: str | bytes) -> str:
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, text)
    assert caught.value.hint or "line" in caught.value.message
    return caught.value.message


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


class TestLineOfAnUnknownKey:
    @pytest.mark.parametrize(
        ("text", "needle", "key"),
        [
            ("colour = 1\n" + PACK, "colour", "colour"),
            (HEAD + "colour = [\n  1,\n  2,\n]\n" + TITLE + OBLIGATION, "colour", "colour"),
            (HEAD + 'colour = """\na\nb"""\n' + TITLE + OBLIGATION, "colour", "colour"),
            (PACK + "sevrity = 'low'\n", "sevrity", "obligations.0.sevrity"),
            (PACK + OBLIGATION.replace("naming", "other").replace("foreign-brand-text", "b") + "x = 1\n",
             "x = 1", "obligations.1.x"),
            (HEAD + TITLE + "fr = 'Essai'\n" + OBLIGATION, "fr = ", "title.fr"),
            (PACK + "[colours]\nred = 1\n", "[colours]", "colours"),
            (PACK + "[colours.warm]\nred = 1\n", "[colours.warm]", "colours"),
            (PACK + "[[colours]]\nred = 1\n[[colours]]\nred = 2\n", "[[colours]]", "colours"),
            (HEAD + "colours.warm.red = 1\n" + TITLE + OBLIGATION, "colours.warm.red", "colours"),
            (HEAD + "title = { id = 'Uji', en = 'Trial', fr = 'x' }\n" + OBLIGATION, "title =", "title.fr"),
            (PACK + "[[allowed]]\nreason='a'\nphrases=['b']\nsource='c'\n\n# why\nplace = 'x'\n",
             "place =", "allowed.0.place"),
        ],
    )  # fmt: skip
    def test_is_named_with_file_and_key(self, tmp_path, text, needle, key):
        said = refused(tmp_path, text)
        assert f"trial.toml, line {line_of(text, needle)}: {key}: unknown key" in said

    def test_is_found_between_tables_out_of_order(self, tmp_path):
        text = HEAD + TITLE + "[rules.a]\nx = 1\n" + OBLIGATION + "[rules.b]\ny = 2\n[title.more]\nz = 3\n"
        assert f"line {line_of(text, '[title.more]')}: title.more" in refused(tmp_path, text)

    def test_is_found_with_windows_line_ends(self, tmp_path):
        text = (PACK + "sevrity = 'low'\n").replace("\n", "\r\n")
        assert f"line {line_of(text, 'sevrity')}: obligations.0.sevrity" in refused(tmp_path, text)

    @given(st.integers(0, 40), st.integers(0, 12))
    def test_is_found_wherever_it_stands(self, tmp_path_factory, blank, place):
        lines = PACK.splitlines()
        bodies = [number for number, line in enumerate(lines) if "=" in line]
        at = bodies[place % len(bodies)] + 1
        lines[at:at] = ["# comment"] * blank + ["unheard_of = 'é'"]
        said = refused(tmp_path_factory.mktemp("pack"), "\n".join(lines))
        assert f"line {at + blank + 1}: " in said
        assert "unheard_of: unknown key" in said


class TestValues:
    @pytest.mark.parametrize(
        ("old", "new", "needle", "problem"),
        [
            ('severity = "medium"', 'severity = "dire"', "severity", "obligations.0.severity"),
            ('stages = ["cart"]', 'stages = ["basket"]', "stages", "obligations.0.stages.0"),
            ("in_force_from", "in_force_to = 2023-01-01\nin_force_from", "", "later"),
            ('id = "naming"', 'id = "../naming"', 'id = "../', "obligations.0.id"),
        ],
    )  # fmt: skip
    def test_a_wrong_value_is_named_with_its_line(self, tmp_path, old, new, needle, problem):
        text = PACK.replace(old, new)
        said = refused(tmp_path, text)
        assert problem in said
        assert not needle or f"line {line_of(text, needle)}" in said

    def test_a_missing_key_is_named_with_the_table_that_lacks_it(self, tmp_path):
        text = PACK.replace('severity = "medium"\n', "")
        assert f"line {line_of(text, '[[obligations]]')}: obligations.0.severity" in refused(tmp_path, text)

    def test_an_obligation_stands_once(self, tmp_path):
        assert "'naming' is listed twice" in refused(tmp_path, PACK + OBLIGATION)

    def test_a_rule_serves_one_obligation(self, tmp_path):
        assert "serves two" in refused(tmp_path, PACK + OBLIGATION.replace('id = "naming"', 'id = "other"'))

    def test_an_allowance_without_words_is_refused(self, tmp_path):
        assert "phrases" in refused(tmp_path, PACK + "[[allowed]]\nreason = 'a'\nsource = 'b'\n")


class TestHostileFiles:
    def test_no_toml_names_the_line(self, tmp_path):
        assert "line 2" in refused(tmp_path, "id = 'a'\nx = [1 2]\n")

    def test_no_utf8_names_the_line(self, tmp_path):
        assert "line 3" in refused(tmp_path, b"# a\n# b\n# \xff\n")

    def test_a_large_file_is_not_parsed(self, tmp_path):
        assert f"may have {MAX_BYTES}" in refused(tmp_path, "#" * (MAX_BYTES + 1))

    def test_deep_nesting_is_refused(self, tmp_path):
        assert "nested too deep" in refused(tmp_path, "x = " + "[" * 50_000 + "]" * 50_000)

    def test_a_folder_and_a_missing_file_are_refused(self, tmp_path):
        (tmp_path / "folder.toml").mkdir()
        for path in (tmp_path / "folder.toml", tmp_path / "none.toml", "no\0thing.toml"):
            with pytest.raises(PolicyError):
                load_pack(path)

    def test_an_unknown_id_names_the_known_ones(self):
        with pytest.raises(PolicyError, match="permendag-1") as caught:
            load_pack("permendag-1")
        assert PACKS[0] in caught.value.hint

    @given(st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused(self, tmp_path_factory, data):
        path = tmp_path_factory.mktemp("pack") / "any.toml"
        path.write_bytes(data)
        with pytest.raises(PolicyError):
            load_pack(path)


class TestDates:
    def test_the_pack_in_force_changes_with_the_regulation(self):
        assert pack_in_force(date(2023, 9, 26)).id == "permendag-31-2023"
        assert pack_in_force(date(2026, 6, 7)).id == "permendag-31-2023"
        assert pack_in_force(date(2026, 6, 8)).id == "permendag-19-2026"

    def test_no_pack_before_the_first(self):
        with pytest.raises(PolicyError, match="2023-09-26") as caught:
            pack_in_force(date(2023, 9, 25))
        assert "--policy" in caught.value.hint

    def test_brand_names_hold_on_their_days_only(self):
        brands = load_brands()
        last = date(2023, 10, 4)
        assert "TikTok Shop" in brands.names("social-commerce", "current", last)
        assert "TikTok Shop" not in brands.names("social-commerce", "current", last + timedelta(days=1))
        assert "TikTok Shop by Tokopedia" not in brands.names("social-commerce", "current", date(2024, 3, 12))
        assert "TikTok Shop" in brands.names("social-commerce", "in-question", date(2026, 6, 8))

    def test_an_unknown_key_of_the_brands_is_named(self, tmp_path):
        path = tmp_path / "brands.toml"
        path.write_text("as_of = 2026-01-01\nbusinesses = []\n\n[[statements]]\ntext='a'\nby='b'\n")
        with pytest.raises(PolicyError, match=r"line 6: statements\.0\.by: unknown key"):
            load_brands(path)


class TestIdentity:
    def test_the_hash_is_of_the_file(self, tmp_path):
        one, other = read(tmp_path, PACK), read(tmp_path, PACK + "# changed\n")
        assert one.model_dump() == other.model_dump()
        assert one.sha256 != other.sha256

    def test_a_pack_made_in_memory_has_a_hash_of_its_content(self, tmp_path):
        pack = read(tmp_path, PACK)
        values = pack.model_dump(by_alias=True)
        assert PolicyPack.model_validate(values).sha256 == PolicyPack.model_validate(values).sha256
        assert PolicyPack.model_validate(values | {"regulation": "x"}).sha256 != pack.sha256
