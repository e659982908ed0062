"""Pantau's capture alone: the journey walked and sealed, nothing judged. SETTINGS_JSON SCENARIO."""

from __future__ import annotations

import sys
from pathlib import Path

from crawler.browse.run.supervisor import supervise
from crawler.settings import RunSettings

supervise(Path(sys.argv[2]), RunSettings.model_validate_json(sys.argv[1]))
