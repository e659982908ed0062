"""The models run, and nothing is told to anybody: not at import, not when they look at pixels."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.derive.pictures import inference, looks, ppocr
from crawler.errors import ConfigError

SOURCE = Path(__file__).parents[3] / "crawler"

# Every way out of a process raises an audit event before it is taken.
WATCHED = """
import sys
told = []
WAYS = ("socket.", "urllib.Request", "http.client.", "os.fork")
sys.addaudithook(lambda event, _: told.append(event) if event.startswith(WAYS) else None)
from pathlib import Path
from crawler.derive.pictures import picture
from crawler.derive.pictures.brand import Terms
found = picture.look_at_file(Path(sys.argv[1]), Terms(("TikTok",)))
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


@pytest.fixture
def _processor(monkeypatch):
    ppocr.engine.cache_clear()
    yield
    monkeypatch.undo()
    ppocr.engine.cache_clear()


@pytest.mark.usefixtures("_processor")
@pytest.mark.parametrize(
    ("has", "wanted", "expected"),
    [(True, "", "bf16"), (True, "f32", "f32"), (False, "", "f32"), (False, "f32", "f32")],
)
def test_the_reader_names_the_numbers_it_computes_with(monkeypatch, has, wanted, expected):
    monkeypatch.setattr(inference, "_has_short_numbers", lambda: has)
    monkeypatch.setenv(inference.PRECISION, wanted)
    assert ppocr.engine().endswith(f" {expected}")


@pytest.mark.usefixtures("_processor")
def test_unknown_numbers_are_told_and_not_passed_over(monkeypatch):
    monkeypatch.setenv(inference.PRECISION, "fp32")
    with pytest.raises(ConfigError, match="PANTAU_PRECISION is 'fp32'"):
        looks.engines()


def test_the_model_runs_on_what_is_named(monkeypatch):
    for wanted in ("f32", ""):
        monkeypatch.setenv(inference.PRECISION, wanted)
        model = inference.openvino().Core().read_model(ppocr._models() / ppocr.DETECT)
        runs_on = inference.compiled(model).get_compiled_model().get_property("INFERENCE_PRECISION_HINT")
        assert runs_on.to_string() == {"f32": "f32", "bf16": "bf16"}[inference.precision()]


def test_nothing_else_loads_the_package():
    names = {"openvino", "openvino_telemetry"}
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and names & {each.name.split(".")[0] for each in node.names})
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in names)
    }
    assert found == {"derive/pictures/inference.py"}
