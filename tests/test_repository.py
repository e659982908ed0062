"""The house rules that a reader relies on, held by looking at the source itself."""

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from crawler.lib.i18n import LANGUAGES, translate

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crawler"
BANNED_NAMES = {"utils", "util", "manager", "helpers", "helper", "misc", "common"}
WIDE_CATCHES = {  # where a collector, a rule or somebody's scenario is run; what is caught becomes data
    "crawler/browse/run/child.py",
    "crawler/browse/run/script.py",
    "crawler/checks/engine.py",
    "crawler/cli/__init__.py",
    "crawler/cli/several.py",
    "crawler/collect/base.py",
    "crawler/collect/network/streams.py",
}
TEXT_SUFFIXES = {
    "",
    ".py",
    ".md",
    ".toml",
    ".csv",
    ".yaml",
    ".po",
    ".txt",
    ".j2",
    ".html",
    ".css",
    ".js",
    ".json",
}


def load(path: Path):
    return importlib.import_module(dotted(path))


def load_generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_generator()
RULES = generate.rule_files()
COLLECTORS = sorted(
    path
    for room in ("page", "run")
    for path in (PACKAGE / "collect" / room).glob("*.py")
    if path.name[0] != "_"
)
MODULES = sorted(PACKAGE.rglob("*.py"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def tracked_text() -> list[Path]:
    return [path for path in tracked_files() if path.suffix in TEXT_SUFFIXES]


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class TestRules:
    def test_there_are_rules(self):
        assert len(RULES) >= 5

    @pytest.mark.parametrize("path", RULES, ids=shown)
    def test_the_docstring_has_every_heading_in_order(self, path):
        summary, sections = generate.docstring_sections(path)
        assert summary
        assert tuple(sections) == generate.HEADINGS
        assert [heading for heading, text in sections.items() if not text] == []

    @pytest.mark.parametrize("path", RULES, ids=shown)
    def test_the_id_is_the_file_name(self, path):
        meta = importlib.import_module(dotted(path)).meta
        assert meta.id == path.stem.replace("_", "-")
        assert meta.version >= 1

    @pytest.mark.parametrize("path", RULES, ids=shown)
    def test_it_has_a_title_in_both_languages(self, path):
        titles = [
            translate(lang)(f"rule.{importlib.import_module(dotted(path)).meta.id}.title")
            for lang in LANGUAGES
        ]
        assert [title for title in titles if title.startswith("rule.")] == []
        assert len(set(titles)) == 2

    @pytest.mark.parametrize("path", RULES, ids=shown)
    def test_there_are_cases_that_pass_fail_and_need_review(self, path):
        cases = yaml.safe_load((ROOT / "tests/cases" / f"{path.stem.replace('_', '-')}.yaml").read_text())
        verdicts = {case["verdict"] for case in cases["cases"]}
        wanted = {"pass", "needs_review"} | ({"fail"} if load(path).meta.fails else set())
        assert wanted <= verdicts
        assert load(path).meta.fails or "fail" not in verdicts

    @pytest.mark.parametrize("path", RULES, ids=shown)
    def test_the_mirrored_test_runs_something(self, path):
        assert functions_of(ROOT / "tests/checks/rules" / f"test_{path.stem}.py")

    def test_every_case_file_belongs_to_a_rule(self):
        ids = {path.stem.replace("_", "-") for path in RULES}
        assert {path.stem for path in (ROOT / "tests/cases").glob("*.yaml")} == ids


class TestCollectors:
    def test_there_are_collectors(self):
        assert len(COLLECTORS) >= 5

    @pytest.mark.parametrize("path", COLLECTORS, ids=shown)
    def test_the_mirrored_test_runs_something(self, path):
        assert functions_of(ROOT / "tests/collect" / path.parent.name / f"test_{path.stem}.py")


class TestNames:
    def test_no_module_is_a_drawer_for_anything(self):
        parts = {
            part for path in tracked_files() if path.suffix == ".py" for part in path.with_suffix("").parts
        }
        assert parts & BANNED_NAMES == set()

    @pytest.mark.parametrize("path", MODULES, ids=shown)
    def test_what_a_module_lists_as_public_is_there_once(self, path):
        names = declared_public(path)
        module = importlib.import_module(dotted(path))
        assert [name for name in names if not hasattr(module, name)] == []
        assert len(set(names)) == len(names)

    @pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=shown)
    def test_a_package_lists_all_that_it_passes_on(self, path):
        tree = ast.parse(path.read_text())
        passed_on = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crawler")
            for alias in node.names
        }
        if declared_public(path):
            assert {name for name in passed_on if not name.startswith("_")} <= set(declared_public(path))


class TestCommandLine:
    @pytest.fixture
    def commands(self):
        return list(generate.commands(generate.command_line, "pantau"))

    def test_the_commands_of_the_design_are_there(self, commands):
        names = {name for name, _, _ in commands}
        wanted = ("demo", "run", "check", "report", "verify", "index", "rules", "doctor")
        assert {f"pantau {name}" for name in wanted} <= names

    def test_every_command_and_option_has_a_help_text(self, commands):
        silent = [name for name, command, _ in commands if not (command.help or command.short_help)]
        silent += [
            f"{name} {parameter.name}"
            for name, command, _ in commands
            for parameter in command.params
            if parameter.param_type_name == "option" and not getattr(parameter, "help", None)
        ]
        assert silent == []

    def test_every_command_is_documented(self, commands):
        page = (ROOT / "docs/cli.md").read_text()
        assert [name for name, _, _ in commands if f"\n## {name}\n" not in page] == []

    def test_it_starts_without_the_development_packages(self):
        blocked = ["pytest", "hypothesis", "yaml", "jsonschema", "cogapp", "importlinter", "mypy", "xdist"]
        script = (
            f"import sys; sys.modules.update(dict.fromkeys({blocked}))\n"
            "sys.argv = ['pantau', '--help']; from crawler.cli import main; main()"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "doctor" in done.stdout


class TestSource:
    def test_nothing_names_the_place_where_it_was_written(self):
        place = re.compile(r"/work[/]\w|/root[/]\w")
        assert [
            shown(path) for path in tracked_text() if place.search(path.read_text(errors="replace"))
        ] == []

    def test_nothing_records_where_packages_come_from(self):
        address = re.compile(
            r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|(extra-)?index-url[ =]|find-links[ =]"
        )
        assert [
            shown(path) for path in tracked_text() if address.search(path.read_text(errors="replace"))
        ] == []

    def test_every_exemption_from_the_linter_has_a_reason(self):
        bare = re.compile(r"# (noqa|type: ignore)(?!.* - \S)")
        found = [
            f"{shown(path)}:{number}"
            for path in MODULES
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if bare.search(line)
        ]
        assert found == []

    def test_an_error_of_any_kind_is_caught_only_at_the_named_boundaries(self):
        wide = [path for path in MODULES if re.search(r"except (Base)?Exception\b", path.read_text())]
        assert {shown(path) for path in wide} <= WIDE_CATCHES

    def test_no_test_sleeps_but_to_ask_again_or_for_a_reason_given(self):
        tests = [path for path in (ROOT / "tests").rglob("*.py") if "toko" not in path.parts]
        assert [where for path in tests for where in bare_sleeps(path)] == []

    def test_every_rule_that_the_linter_ignores_has_a_reason(self):
        lines = (
            (ROOT / "pyproject.toml").read_text().split("\nignore = [\n")[1].split("\n]\n")[0].splitlines()
        )
        assert len(lines) > 5
        assert [line for line in lines if not re.search(r",\s+# \S", line)] == []


class TestSetUp:
    def test_constraints_are_names_and_versions_only(self):
        lines = (ROOT / ".ci/constraints.txt").read_text().splitlines()
        assert [
            line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)
        ] == []

    def test_every_dependency_is_pinned(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
        pinned = {line.split("==")[0] for line in (ROOT / ".ci/constraints.txt").read_text().splitlines()}
        assert {normal(name) for name in named} <= {normal(name) for name in pinned}

    def test_the_readme_gives_the_two_commands(self):
        text = (ROOT / "README.md").read_text()
        assert "make demo" in text
        assert "make test" in text

    def test_the_demo_installs_nothing_that_only_tests_need(self):
        wanted = {
            target: subprocess.run(
                ["make", "--dry-run", "--always-make", target],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for target in ("demo", "test")
        }
        assert ".ci/setup dev" in wanted["test"]
        assert ".ci/setup" in wanted["demo"]
        assert ".ci/setup dev" not in wanted["demo"]

    @pytest.mark.parametrize("script", [".ci/setup", ".ci/run", ".ci/nightly"])
    def test_the_scripts_are_executable_and_parse(self, script):
        path = ROOT / script
        assert path.stat().st_mode & 0o111
        shell = path.read_text().splitlines()[0].split("/")[-1].split()[-1]
        assert subprocess.run([shell, "-n", path], check=False).returncode == 0


def strings(value):
    """Yield every string of a YAML document, keys too."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from strings(key)
            yield from strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
    elif isinstance(value, str):
        yield value


def bare_sleeps(path: Path) -> list[str]:
    """Return the sleeps of a file that stand in no `while` loop and carry no comment."""
    tree, lines = ast.parse(path.read_text()), path.read_text().splitlines()
    asked_again = {
        id(node) for loop in ast.walk(tree) if isinstance(loop, ast.While) for node in ast.walk(loop)
    }
    return [
        f"{shown(path)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep")
        if id(node) not in asked_again and "#" not in lines[node.lineno - 1]
    ]


def functions_of(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]


def declared_public(path: Path) -> list[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            return ast.literal_eval(node.value)
    return []


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()
