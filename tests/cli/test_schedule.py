"""`pantau schedule`: what starts every night."""

from __future__ import annotations

from pathlib import Path


def test_cron_goes_to_standard_output(place, pantau):
    code, out, _ = pantau("schedule", "--print", "cron")
    assert code == 0
    assert f"nightly --config {place}/pantau.toml" in out


def test_units_are_written(place, pantau):
    folder = place / "units"
    folder.mkdir()
    code, out, _ = pantau("schedule", "--print", "systemd", "--write", folder, "--user", "siti")
    assert code == 0
    assert len(list(folder.iterdir())) == 5
    assert "User=siti\n" in (folder / "pantau-night.service").read_text()
    assert f"WorkingDirectory={place}\n" in (folder / "pantau-night.service").read_text()
    assert [Path(line.removeprefix("Written: ")).exists() for line in out.splitlines()] == [True] * 5


def test_all_units_in_one_print_are_told_apart(place, pantau):
    _, out, _ = pantau("schedule", "--print", "systemd")
    assert [line for line in out.splitlines() if line.startswith("# --- ")] == [
        f"# --- pantau-{name}"
        for name in ("night.service", "night.timer", "watch.service", "watch.timer", "alert@.service")
    ]
