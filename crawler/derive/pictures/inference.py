"""OpenVINO, which runs the models that look at pixels, loaded so that it tells nobody.

When it is imported the package reports to statistics of its maker's over the network, through a package that
it installs beside itself. An observer makes no contacts of its own: that package is kept from loading, and
OpenVINO then takes the empty one it brings for installations without it (seen in release 2026.4.1).
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

from crawler.errors import ConfigError, ReaderError

_REPORTER = "openvino_telemetry"
_ONE_THREAD = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
# Numbers of 16 bits take a third less time where the processor has them. On hard places they now and then
# give other words than numbers of 32 bits, which every processor has.
PRECISION = "PANTAU_PRECISION"
_SHORT_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
Precision = Literal["f32", "bf16"]


@cache
def openvino() -> Any:
    """Return the package; to load it costs about a second, so it is loaded when it is first needed.

    Raises:
        ImportError: it is not installed.
        ReaderError: what reports over the network is loaded already.
    """
    if sys.modules.setdefault(_REPORTER, None) is not None:  # type: ignore[arg-type]  # None - no such module
        raise ReaderError(
            f"{_REPORTER} is loaded, and reports over the network.",
            hint="Start Pantau in a process of its own.",
        )
    import openvino as package  # noqa: PLC0415 - see above

    return package


def precision() -> Precision:
    """Return the numbers that models are run with: `bf16` where the processor has them, else `f32`.

    PANTAU_PRECISION=f32 asks for `f32` on every processor.

    Raises:
        ConfigError: PANTAU_PRECISION says something else.
    """
    wanted = os.environ.get(PRECISION, "")
    if wanted not in ("", "f32"):
        raise ConfigError(f"{PRECISION} is {wanted!r}", hint=f"set {PRECISION} to f32, or not at all")
    return "bf16" if not wanted and _has_short_numbers() else "f32"


@cache
def _has_short_numbers() -> bool:
    """Say whether the processor computes with bf16; not on a system that does not list what it has."""
    flags: set[str] = set()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("ascii", "replace").splitlines():
            if line.startswith("flags"):
                flags = set(line.split())
                break
    return bool(flags & _SHORT_FLAGS)


def compiled(model: Any) -> Any:
    """Return an inference request of a model, on one thread of the processor.

    Raises:
        ConfigError: PANTAU_PRECISION says something unknown.
    """
    settings = {**_ONE_THREAD, "INFERENCE_PRECISION_HINT": precision()}
    return openvino().Core().compile_model(model, "CPU", settings).create_infer_request()
