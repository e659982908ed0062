"""Starting, watching and ending runs at the desk, without a browser and without walking any."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from crawler.fleet.runner import Runner
from crawler.model.account import Role
from crawler.model.case import CaseOpened
from crawler.model.night import JobStart
from crawler.review.app import create_app

TARGETS = """
[[targets]]
id = "toko"
scenario = "toko.py"
start_url = "https://toko.example/"
[[targets]]
id = "dalam"
scenario = "toko.py"
start_url = "http://10.0.0.1/"
"""
BROKEN = "raise RuntimeError('this shop is closed')\n"


@pytest.fixture
def desk(desk, tmp_path):
    """The desk of the tests with a file of targets."""
    (tmp_path / "toko.py").write_text(BROKEN)
    (tmp_path / "pantau.toml").write_text(TARGETS)
    return replace(desk, targets=tmp_path / "pantau.toml")


@pytest.fixture
def app(desk):
    return create_app(desk)


@pytest.fixture
def inspector(visit):
    return visit(Role.INSPECTOR)


def start(client, **form):
    return client.post("/start", data={"target": "toko", "device": "mobile"} | form)


def test_a_run_is_asked_for_noted_and_led_to(inspector, desk):
    answer = start(inspector, once="word")
    (run,) = desk.started.all()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/started/{run.asked.run_id}")
    assert (run.state, run.asked.by, run.asked.job.device) == ("waiting", "inspector", "mobile")
    assert run.asked.settings.public_only
    assert run.asked.settings.out == desk.snapshots.absolute()
    noted = [entry for entry in desk.custody.entries() if entry["action"] == "run.start"]
    assert [(entry["who"], entry["about"], entry["what"]) for entry in noted] == [
        ("inspector", run.asked.run_id, "toko")
    ]


def test_the_same_form_sent_twice_is_one_run(inspector, desk):
    first, again = start(inspector, once="word"), start(inspector, once="word")
    assert first.headers["location"] == again.headers["location"]
    assert len(desk.started.all()) == 1
    start(inspector, once="other")
    assert len(desk.started.all()) == 2


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_page_says_what_can_be_started_and_why_something_cannot(visit, lang):
    text = visit(Role.INSPECTOR, lang=lang).get("/start").text
    assert '<option value="toko">' in text
    assert '<option value="dalam">' not in text
    assert "10.0.0.1" in text
    assert ("jaringan privat" if lang == "id" else "a private network") in text
    assert "tokopedia.com" in text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"target": "dalam"}, "10.0.0.1"),
        ({"target": "none"}, "none"),
        ({"target": "", "address": "http://127.0.0.1:8731/"}, "127.0.0.1"),
        ({"target": "", "address": "http://169.254.169.254/latest/"}, "metadata"),
        ({"target": "", "address": "file:///etc/passwd"}, "http"),
        ({"target": "", "address": "https://unknown.example/"}, "unknown.example"),
        ({"target": "toko", "address": "https://toko.example/"}, "either"),
        ({"target": "toko", "policy": "../../x"}, "../../x"),
        ({"target": "toko", "case": "ST-404"}, "ST-404"),
    ],
)
def test_what_cannot_be_started_is_refused_with_a_sentence(inspector, desk, form, says):
    answer = start(inspector, **form)
    assert answer.status_code == 422
    assert says in re.sub(r"</?bdi>", "", answer.text)
    assert desk.started.all() == []


def test_a_device_that_there_is_not_is_refused(inspector, desk):
    assert start(inspector, device="watch").status_code == 422
    assert desk.started.all() == []


def test_a_run_bears_the_case_it_is_started_for(inspector, desk):
    desk.cases.open(CaseOpened(number="ST-1/PKTN/2026", title="Shop", begins="2026-11-01", by="inspector"))
    start(inspector, case="ST-1/PKTN/2026")
    (run,) = desk.started.all()
    assert run.asked.settings.case.surat_tugas == "ST-1/PKTN/2026"
    assert run.asked.settings.case.officer == "inspector"


def test_a_file_of_targets_that_is_broken_is_told_and_addresses_still_go(inspector, desk):
    desk.targets.write_text("[[targets]]\n")
    text = inspector.get("/start").text
    assert "pantau.toml" in text
    assert 'name="address"' in text


def test_a_waiting_run_is_cancelled_and_never_walked(inspector, visit, desk):
    start(inspector)
    (run,) = desk.started.all()
    assert visit(Role.VIEWER).post(f"/started/{run.asked.run_id}/cancel").status_code == 403
    assert inspector.post(f"/started/{run.asked.run_id}/cancel").status_code == 303
    assert [each.state for each in desk.started.all()] == ["cancelled"]
    assert [entry["action"] for entry in desk.custody.entries()][-1] == "run.cancel"
    assert "Cancelled before it began" in inspector.get(f"/started/{run.asked.run_id}").text


def events(text):
    """Return the events of a stream: name, id, data."""
    found = []
    for block in text.split("\n\n"):
        lines = [line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":")]
        if lines:
            said = dict(lines) | {"data": "\n".join(value for name, value in lines if name == "data")}
            found.append((said.get("event"), said.get("id"), said["data"]))
    return found


def begun(desk, run):
    """Write down that a run begins, as the desk's runner would."""
    asked = run.asked
    when = "2026-11-28T00:00:00.000Z"
    start = JobStart(job=asked.job, run_id=asked.run_id, worker="desk", machine="m", began=when, until=when)
    assert desk.started.note_start(asked.run_id, start)


def tell(desk, run, *told):
    with desk.started.progress(run.asked.run_id).open("a") as file:
        file.writelines(json.dumps(event) + "\n" for event in told)


def test_a_watched_run_is_told_to_its_end_and_on_from_the_last_event(inspector, desk):
    start(inspector)
    (run,) = desk.started.all()
    path = f"/started/{run.asked.run_id}"
    with Runner(desk.started):
        told = events(inspector.get(f"{path}/events").text)
    assert [name for name, _, _ in told][-2:] == ["panel", "over"]
    assert "this shop is closed" in told[-2][2]
    again = events(inspector.get(f"{path}/events", headers={"Last-Event-ID": told[-2][1]}).text)
    assert [name for name, _, _ in again] == ["over"]
    assert "this shop is closed" in inspector.get(path).text


def test_stages_stand_as_they_come(inspector, desk):
    start(inspector)
    (run,) = desk.started.all()
    begun(desk, run)
    tell(
        desk,
        run,
        {"event": "opened", "root": "/x", "stages": ["storefront", "cart", "payment", "<script>"]},
        {"event": "stage", "ordinal": 1, "kind": "storefront"},
        {"event": "visit", "ordinal": 1, "kind": "storefront", "reached": True, "reason": None},
        {"event": "stage", "ordinal": 2, "kind": "cart"},
        {"event": "refusal", "what": "request", "word": "", "url": "https://x/<script>alert(1)</script>"},
        {"event": "stage", "ordinal": 3, "kind": "<script>"},
        {"event": "visit", "ordinal": "x", "kind": "cart", "reached": True},
    )
    text = inspector.get(f"/started/{run.asked.run_id}").text
    assert re.findall(r'<li class="([a-z-]+)">', text) == ["reached", "under-way", "planned"]
    assert "<script>alert" not in text
    assert "1 click or request" in text


def test_a_picture_is_there_once_the_stage_is_and_nothing_else_is(inspector, desk, visit):
    start(inspector)
    (run,) = desk.started.all()
    path = f"/started/{run.asked.run_id}/pictures"
    assert inspector.get(f"{path}/1").status_code == 404
    folder = desk.snapshots / "toko" / run.asked.run_id / "data" / "stages" / "01-storefront"
    folder.mkdir(parents=True)
    (folder / "viewport.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    answer = inspector.get(f"{path}/1")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    (folder / "viewport.png").write_bytes(b"<svg onload=alert(1)>")
    assert inspector.get(f"{path}/1").status_code == 415
    (folder / "viewport.png").unlink()
    (folder / "viewport.png").symlink_to("/etc/passwd")
    assert inspector.get(f"{path}/1").status_code == 404
    for number in ("0", "-1", "1000", "1%2F..%2F.."):
        assert inspector.get(f"{path}/{number}").status_code in (404, 422)
    assert visit().get(f"{path}/1").status_code == 303


@pytest.mark.parametrize("name", ["x", "..%2F..", "20260101T000000Z-0000000g", "20260101T000000Z-00000000"])
def test_a_run_that_nobody_asked_for_is_not_there(inspector, name):
    for method, path in (("GET", ""), ("GET", "/events"), ("GET", "/pictures/1"), ("POST", "/cancel")):
        assert inspector.request(method, f"/started/{name}{path}").status_code in (404, 422)


def test_a_program_starts_a_run_and_asks_how_far_it_is(visit, desk):
    client = visit(Role.INSPECTOR, Accept="application/json")
    answer = client.post("/api/started", json={"target": "toko", "device": "mobile", "once": "word"})
    told = answer.json()
    assert (answer.status_code, told["state"], told["by"]) == (201, "waiting", "inspector")
    again = client.post("/api/started", json={"target": "toko", "once": "word"})
    assert again.json()["run_id"] == told["run_id"]
    (run,) = desk.started.all()
    begun(desk, run)
    tell(desk, run, {"event": "stage", "ordinal": 1, "kind": "cart"})
    now = client.get(f"/api/started/{told['run_id']}").json()
    assert (now["state"], now["progress"]) == (
        "running",
        [{"number": 1, "event": "stage", "ordinal": 1, "kind": "cart"}],
    )
    assert [each["run_id"] for each in client.get("/api/started").json()] == [told["run_id"]]
    refused = client.post("/api/started", json={"address": "http://[::1]/"})
    assert (refused.status_code, "::1" in refused.json()["detail"]) == (422, True)
    assert visit(Role.VIEWER).post("/api/started", json={"target": "toko"}).status_code == 403


def test_the_same_form_sent_at_the_same_moment_is_one_run(visit, desk):
    clients = [visit(Role.INSPECTOR) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda client: start(client, once="word"), clients))
    assert {answer.headers["location"] for answer in answers} == {answers[0].headers["location"]}
    assert len(desk.started.all()) == 1
