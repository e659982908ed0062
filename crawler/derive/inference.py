"""OpenVINO, which runs the models that look at pixels, loaded so that it tells nobody.

When it is imported the package reports to statistics of its maker's over the network, through a package that
it installs beside itself. An observer makes no contacts of its own: that package is kept from loading, and
OpenVINO then takes the empty one it brings for installations without it (seen in release 2026.4.1).
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from crawler.errors import ReaderError

_REPORTER = "openvino_telemetry"
_ONE_THREAD = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}


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


def compiled(model: Any) -> Any:
    """Return an inference request of a model, on one thread of the processor."""
    return openvino().Core().compile_model(model, "CPU", _ONE_THREAD).create_infer_request()
