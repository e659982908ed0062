"""Packages that load when they are used, and commands that do without the large ones."""

import subprocess
import sys

import pytest

from crawler.lib.lazy import LazyPackage

HEAVY = (
    "cv2", "numpy", "openvino", "structlog", "sqlite_utils", "jinja2", "drawsvg", "cryptography", "tomlkit",
    "pytesseract", "multiprocessing",
)  # fmt: skip


def said_by(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_package_is_loaded_when_it_is_used():
    program = """if True:
        import sys
        from crawler.lib.lazy import LazyPackage
        wave = LazyPackage("wave")
        print("wave" in sys.modules, wave.Error.__name__, "wave" in sys.modules)
    """
    assert said_by(program) == ["False", "Error", "True"]


def test_what_a_package_has_not_is_an_attribute_error():
    with pytest.raises(AttributeError):
        _ = LazyPackage("json").nothing_of_the_kind


def test_judging_loads_none_of_the_large_packages_before_it_needs_them():
    program = f"""if True:
        import sys
        import crawler.cli, crawler.cli.check
        from crawler.checks import registry
        registry.rules()
        print(*[name for name in {HEAVY!r} if name in sys.modules])
    """
    assert said_by(program) == []
