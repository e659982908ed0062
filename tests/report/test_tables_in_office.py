"""LibreOffice opens our tables under Indonesian and English settings, and computes nothing."""

from __future__ import annotations

import itertools
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from crawler.report.tables import BOM, to_csv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
# Source: LibreOffice, "Filter Options for CSV": separators by their number, UTF-8 is 76, languages by LCID.
SEPARATORS = {"comma": 44, "semicolon": 59, "tab": 9, "pipe": 124}
LANGUAGES = {"id-ID": 1_057, "en-US": 1_033}
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LEADS = ("", "\t", "\r", "\n", " ", "\u00a0", "\ufeff", '"', '""', "'", "\x0b", "\u200b")
BORDERS = ("", "a;", "a\t", "a|", "a,", 'a;"', "a\n", "a\r\n", 'a";', "a\u2028", "a; ")
HOSTILE = [
    f"{border}{lead}{sign}{what}"
    for border, lead, sign in itertools.product(BORDERS, LEADS, SIGNS)
    for what in ("1+1", 'HYPERLINK("http://x.test";"x")')
]
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>{language}</value></prop></item></oor:items>
"""


def formulas(table: Path, language: str, separator: str) -> list[str]:
    """Return what LibreOffice takes for formulas in a table that it opens so."""
    home = table.parent / f"{table.stem}-{language}-{separator}"
    (home / "user").mkdir(parents=True)
    (home / "user/registrymodifications.xcu").write_text(PROFILE.format(language=language))
    # Numbers are looked for and formulas evaluated: the least careful way there is.
    options = f"{SEPARATORS[separator]},34,76,1,,{LANGUAGES[language]},false,true,false,false,false,0,true"
    command = [
        "soffice", f"-env:UserInstallation={home.as_uri()}", "--headless", f"--infilter=CSV:{options}",
        "--convert-to", "fods", "--outdir", str(home), str(table),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return re.findall(r'table:formula="([^"]*)"', (home / f"{table.stem}.fods").read_text(encoding="utf-8"))


def test_nothing_is_computed_whatever_the_locale_takes_for_a_border(tmp_path: Path) -> None:
    table = tmp_path / "temuan.csv"
    rows = [
        (text, other, number) for number, (text, other) in enumerate(zip(HOSTILE, HOSTILE[::-1], strict=True))
    ]
    table.write_text(to_csv(("a", "b", "c"), rows), encoding="utf-8", newline="")
    raw = tmp_path / "mentah.csv"
    raw.write_text(f"{BOM}a\r\n=1+1\r\nx;=1+1\r\n", encoding="utf-8", newline="")
    for language, separator in itertools.product(LANGUAGES, SEPARATORS):
        assert formulas(table, language, separator) == [], (language, separator)
    for language in LANGUAGES:
        assert formulas(raw, language, "semicolon"), "what is not made harmless has to be computed here"
