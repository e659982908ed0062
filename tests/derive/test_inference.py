"""The models run, and nothing is told to anybody: not at import, not when they look at pixels."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

SOURCE = Path(__file__).parents[2] / "crawler"

# Every way out of a process raises an audit event before it is taken.
WATCHED = """
import sys
told = []
WAYS = ("socket.", "urllib.Request", "http.client.", "os.fork")
sys.addaudithook(lambda event, _: told.append(event) if event.startswith(WAYS) else None)
from pathlib import Path
from crawler.derive import picture
from crawler.derive.brand import Terms
found = picture.look(Path(sys.argv[1]), Terms(("TikTok",)))
print("openvino" in sys.modules, [hit.text for hit in found.hits if hit.kind == "text"], told)
"""


@pytest.mark.ocr
def test_looking_at_pixels_makes_no_contact(tmp_path):
    shown = Image.new("RGB", (600, 300), "white")
    pen = ImageDraw.Draw(shown)
    pen.text((40, 40), "Belanja di TikTok Shop", font=ImageFont.load_default(size=32), fill="black")
    shown.save(tmp_path / "shown.png")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "shown.png")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "True ['TikTok'] []", done.stderr


def test_nothing_else_loads_the_package():
    names = {"openvino", "openvino_telemetry"}
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and names & {each.name.split(".")[0] for each in node.names})
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in names)
    }
    assert found == {"derive/inference.py"}
