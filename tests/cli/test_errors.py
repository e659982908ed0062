"""Whatever goes wrong, whoever runs a command gets a sentence, an exit code, and what was done so far."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from crawler.checks.outcome import WORST_FIRST, worst_code
from crawler.cli import check, main, options, several, verify
from crawler.cli.progress import RunProgress
from crawler.errors import BundleCorrupt, ConfigError, CrawlerError, ReportError
from crawler.lib.i18n import translate
from crawler.store.bundle import Bundle
from tests.bundles import a_visit, make_bundle

ESCAPES = "\x1b]0;pwned\x07\x1b[31mEVIL\x9b2J\u202e\u2066\nOK: sealed"
STEERING = set("\x1b\x07\x9b\u202e\u2066")


def pantau(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command line as the console script does; return exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return make_bundle(tmp_path / "a", [a_visit("storefront", text=["Toko"])])


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    root = make_bundle(tmp_path / "b", [a_visit("storefront", text=["Toko"])]).root
    (root / "data/scenario.py").write_text("# another\n")
    return root


class TestWhatNobodyForesaw:
    @pytest.fixture(
        params=[ZeroDivisionError("by \x1b[31m"), RecursionError(), OSError(5, "Input/output error")]
    )
    def broken(self, request: Any, monkeypatch: pytest.MonkeyPatch) -> Exception:
        def fail(*_: Any, **__: Any) -> None:
            raise request.param

        monkeypatch.setattr(verify, "verify", fail)
        return request.param

    def test_it_is_told_in_a_sentence_with_where_to_report_it(self, broken: Exception, capsys: Any) -> None:
        code, out, err = pantau(capsys, "verify", "x")
        assert (code, out) == (5, "")
        assert f"Pantau itself failed: {type(broken).__name__}: " in err
        assert "Report it" in err
        assert "Traceback" not in err
        assert "\x1b" not in err

    def test_the_trace_is_for_those_who_ask(
        self, broken: Exception, capsys: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.argv", ["pantau", "--verbose", "verify", "x"])
        code, _, err = pantau(capsys, "--verbose", "verify", "x")
        assert code == 5
        assert "Traceback" in err
        assert "\x1b" not in err

    def test_a_case_file_that_is_nested_too_deeply(self, tmp_path: Path) -> None:
        (tmp_path / "case.json").write_text("[" * 60_000)
        with pytest.raises(ConfigError, match="not a JSON object"):
            options.case(tmp_path / "case.json")

    def test_a_case_file_that_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "case.json").write_bytes(b"\xff\xfe{")
        with pytest.raises(ConfigError, match="not a JSON object"):
            options.case(tmp_path / "case.json")


class TestForeignText:
    def test_an_error_steers_no_terminal(self, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise BundleCorrupt(ESCAPES, hint=ESCAPES)

        monkeypatch.setattr(verify, "verify", fail)
        code, _, err = pantau(capsys, "verify", "x")
        assert code == 6
        assert not STEERING & set(err)
        assert len(err.splitlines()) == 2
        assert "⟨U+001B⟩[31mEVIL" in err

    def test_a_usage_error_steers_no_terminal(self, capsys: Any) -> None:
        code, _, err = pantau(capsys, f"x{ESCAPES}")
        assert code == 2
        assert not STEERING & set(err)
        code, _, err = pantau(capsys, "check", f"--x{ESCAPES}")
        assert code == 2
        assert not STEERING & set(err)

    @pytest.mark.parametrize(
        "arguments", [("verify",), ("verify", "--json"), ("check",), ("report", "--json")]
    )
    def test_a_hostile_folder_name_steers_no_terminal(
        self, bundle: Bundle, tmp_path: Path, capsys: Any, arguments: tuple[str, ...]
    ) -> None:
        root = bundle.root.rename(tmp_path / f"x{ESCAPES}")
        _, out, err = pantau(capsys, *arguments, root)
        assert "EVIL" in out
        assert not STEERING & set(out + err)

    def test_help_and_usage_keep_their_lines(self, capsys: Any) -> None:
        code, out, err = pantau(capsys)
        assert code == 2
        assert "Commands:" in (out + err).splitlines()
        assert "U+000A" not in out + err
        _, _, err = pantau(capsys, "run")
        assert err.splitlines()[0].startswith("Usage: pantau run")
        assert (
            err.splitlines()[-1] == "Error: Name a scenario file, or a target with --target ID, and not both."
        )

    def test_json_is_ascii_and_says_the_same(self, tmp_path: Path, capsys: Any) -> None:
        root = make_bundle(
            tmp_path,
            [a_visit("storefront", text=["x"])],
            status="incomplete",
            ended_by="deadline",
            detail=ESCAPES,
        ).root
        _, out, _ = pantau(capsys, "check", root, "--json")
        assert out.isascii()
        assert "\x1b" not in out
        assert json.loads(out)[0]["detail"] == ESCAPES

    def test_a_hostile_key_in_a_record_steers_no_terminal(self, tmp_path: Path, capsys: Any) -> None:
        (tmp_path / "case.json").write_text(json.dumps({ESCAPES: 1}))
        with pytest.raises(ConfigError) as caught:
            options.case(tmp_path / "case.json")
        several.failure(caught.value)
        err = capsys.readouterr().err
        assert "EVIL" in err
        assert not STEERING & set(err)

    @pytest.mark.parametrize("terminal", [True, False])
    def test_progress_steers_no_terminal(self, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
        shown = io.StringIO()

        def console(**_: Any) -> Console:
            return Console(file=shown, force_terminal=terminal, width=200, color_system=None)

        monkeypatch.setattr("crawler.cli.progress.Console", console)
        evil = "\x1b]0;pwned\x07\x9b2J\u202eEVIL"
        with RunProgress(translate("en"), f"label{evil}") as progress:
            progress({"event": "refusal", "what": "request", "word": evil, "url": evil})
            progress({"event": "stage", "kind": evil})
        assert "EVIL" in shown.getvalue()
        assert not {"\x07", "\x9b", "\u202e"} & set(shown.getvalue())
        assert "\x1b]0" not in shown.getvalue()


class TestSeveralBundles:
    @pytest.mark.parametrize("first", ["damaged", "sound"])
    def test_check_judges_the_others(self, bundle: Bundle, damaged: Path, capsys: Any, first: str) -> None:
        roots = [damaged, bundle.root] if first == "damaged" else [bundle.root, damaged]
        code, out, err = pantau(capsys, "check", *roots)
        assert code == 6
        assert str(bundle.root) in out
        assert str(damaged) not in out
        assert f"{damaged}: BundleCorrupt" in err
        assert (bundle.root / "findings").is_dir()

    def test_check_prints_whole_json(self, bundle: Bundle, damaged: Path, capsys: Any) -> None:
        code, out, _ = pantau(capsys, "check", "--json", bundle.root, damaged)
        assert code == 6
        assert [entry["bundle"] for entry in json.loads(out)] == [str(bundle.root)]

    def test_report_writes_the_others(self, bundle: Bundle, damaged: Path, capsys: Any) -> None:
        code, out, err = pantau(capsys, "report", "--format", "json", damaged, bundle.root)
        assert code == 6
        assert [Path(line).parent for line in out.splitlines()] == [bundle.root / "report"]
        assert "BundleCorrupt" in err
        code, out, _ = pantau(capsys, "report", "--format", "json", "--json", damaged)
        assert (code, json.loads(out)) == (6, [])

    def test_even_what_nobody_foresaw_costs_no_other_bundle(
        self, bundle: Bundle, damaged: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = check.assess

        def fail(root: Path, **given: Any) -> Any:
            if root == damaged:
                raise ZeroDivisionError("oh")
            return real(root, **given)

        monkeypatch.setattr(check, "assess", fail)
        code, out, err = pantau(capsys, "check", damaged, bundle.root)
        assert code == 5
        assert str(bundle.root) in out
        assert "ZeroDivisionError: oh" in err

    def test_a_mistake_in_the_pack_is_told_once(self, bundle: Bundle, damaged: Path, capsys: Any) -> None:
        for command in ("check", "report"):
            code, out, err = pantau(capsys, command, "--policy", "no-such-pack", bundle.root, damaged)
            assert (code, out, err.count("PolicyError")) == (2, "", 1)

    @pytest.mark.parametrize(
        ("codes", "code"),
        [((), 0), ((0, 3), 3), ((3, 4), 4), ((4, 1), 1), ((1, 6), 6), ((5, 6), 6), ((1, 5), 5), ((0, 0), 0)],
    )
    def test_the_worst_counts(self, codes: tuple[int, ...], code: int) -> None:
        assert worst_code(codes) == code
        assert worst_code(codes[::-1]) == code

    def test_every_code_of_an_error_has_its_place(self) -> None:
        kinds = [CrawlerError]
        for kind in kinds:
            kinds += kind.__subclasses__()
        assert {kind.exit_code for kind in kinds} <= set(WORST_FIRST)
        assert ReportError in kinds


@pytest.mark.parametrize("folder", ["findings", "report"])
def test_nothing_is_written_through_a_link(bundle: Bundle, tmp_path: Path, capsys: Any, folder: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (bundle.root / folder).symlink_to(tmp_path / "elsewhere")
    code, _, err = pantau(capsys, "report", bundle.root)
    assert code == 6
    assert f"{folder}: not a plain file" in err
    assert list((tmp_path / "elsewhere").iterdir()) == []
