"""The pages that follow from the source: what is written, and that a stale one is noticed."""

import importlib.util
import json
from pathlib import Path

import click
import jsonschema
import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "generate.py"


@pytest.fixture
def generate(tmp_path, monkeypatch):
    """The script, writing to an empty folder."""
    spec = importlib.util.spec_from_file_location("generate", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DOCS", tmp_path)
    return module


def test_pages_that_were_just_written_are_up_to_date(generate):
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_a_changed_page_is_named(generate, tmp_path, capsys):
    generate.main([])
    with (tmp_path / "cli.md").open("a") as page:
        page.write("by hand\n")
    assert generate.main(["--check"]) == 1
    assert "docs/cli.md is out of date" in capsys.readouterr().err


def test_the_page_of_a_rule_that_is_gone_is_named_and_removed(generate, tmp_path, capsys):
    generate.main([])
    (tmp_path / "rules" / "no-longer-there.md").write_text("# no-longer-there\n")
    assert generate.main(["--check"]) == 1
    assert "docs/rules/no-longer-there.md" in capsys.readouterr().err
    generate.main([])
    assert not (tmp_path / "rules" / "no-longer-there.md").exists()


def test_a_guide_written_by_hand_is_listed_and_kept(generate, tmp_path):
    (tmp_path / "evidence.md").write_text("# What a bundle holds\n")
    generate.main([])
    assert "- [What a bundle holds](evidence.md)" in (tmp_path / "README.md").read_text()
    assert (tmp_path / "evidence.md").read_text() == "# What a bundle holds\n"


@pytest.mark.parametrize("mark", ["Flags:\n    words", "Flags: words", "Flags\n-----\nwords", "Flags\nwords"])
def test_headings_are_found_however_they_are_set(generate, tmp_path, mark):
    path = tmp_path / "rule.py"
    path.write_text(f'"""A summary.\n\n{mark}\n\nWhy: reasons: two\n"""\n')
    summary, sections = generate.docstring_sections(path)
    assert summary == "A summary."
    assert sections == {"Flags": "words", "Why": "reasons: two"}


def test_a_word_inside_a_sentence_is_no_heading(generate, tmp_path):
    path = tmp_path / "rule.py"
    path.write_text('"""Evidence of names.\n\nFlags:\n    Why not.\n    Limits are told below\n"""\n')
    assert generate.docstring_sections(path) == (
        "Evidence of names.",
        {"Flags": "Why not.\nLimits are told below"},
    )


def test_commands_are_listed_with_their_full_names(generate):
    @click.group()
    def top():
        pass

    @top.group()
    def middle():
        pass

    @middle.command()
    def low():
        pass

    @top.command(hidden=True)
    def secret():
        pass

    assert [name for name, _, _ in generate.commands(top, "top")] == ["top", "top middle", "top middle low"]


def test_every_schema_is_a_schema_and_says_what_it_describes(generate):
    for name in generate.SCHEMAS:
        schema = json.loads(generate.schema_page(name))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$comment"]


def test_a_pack_is_shown_whole_and_its_signs_are_harmless(generate, tmp_path):
    pack = tmp_path / "pack.toml"
    pack.write_text(
        'id = "p"\n[title]\nid = "satu"\nen = "one"\n[[obligations]]\nid = "naming"\nrules = ["a", "b"]\n'
        'note = "x | <b>"\n[rules.a]\nminimum = 3\n[[allowed]]\ntokens = ["@*"]\n'
    )
    generate.ROOT = tmp_path
    page = generate.pack_page(pack)
    for shown in (
        "- title: id: satu; en: one",
        "| naming | a, b | x &#124; &lt;b> |",
        "minimum: 3",
        r"| @\* |",
    ):
        assert shown in page
