"""The file of targets that a first user begins with: every key explained, in both languages."""

from __future__ import annotations

from pathlib import Path

from crawler.errors import ConfigError

_TEMPLATE = Path(__file__).with_name("pantau.toml")


def starter_text() -> str:
    """Return the text of the file."""
    return _TEMPLATE.read_text(encoding="utf-8")


def write_starter(path: Path) -> None:
    """Write the file where there is none yet.

    Raises:
        ConfigError: there is one already, or the folder does not take it.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter_text())
    except FileExistsError as error:
        raise ConfigError(
            f"{path} is there already, and stays as it is.", hint="Name another with --config, or edit it."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another folder."
        ) from error
