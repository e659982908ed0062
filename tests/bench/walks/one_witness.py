"""Pantau's capture without its second witness: the browser writes no network log. SETTINGS_JSON SCENARIO."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from crawler.browse.chromium.program import find_browser
from crawler.browse.run.supervisor import supervise
from crawler.settings import RunSettings

WITHOUT_LOG = """#!/bin/sh
left=$#
while [ $left -gt 0 ]; do
    case "$1" in --log-net-log=* | --net-log-capture-mode=*) ;; *) set -- "$@" "$1" ;; esac
    shift
    left=$((left - 1))
done
exec "{browser}" "$@"
"""

with tempfile.TemporaryDirectory() as folder:
    program = Path(folder) / "chromium"
    program.write_text(WITHOUT_LOG.replace("{browser}", str(find_browser(None).path)))
    program.chmod(0o755)
    settings = RunSettings.model_validate_json(sys.argv[1])
    supervise(Path(sys.argv[2]), settings.model_copy(update={"browser": str(program)}))
