"""What may be started by hand, what that run may reach, and why something may not be started."""

import pytest

from crawler.fleet.config import Setup, parse_config
from crawler.fleet.starting import NotStartable, Starter, Wish, declared_start, shipped_scenarios
from crawler.settings import Case

SCENARIO = 'scenario = Scenario(id="x", start_url="https://toko.example/")\n'


@pytest.fixture
def starter(tmp_path):
    def make(text="", allowed=()):
        (tmp_path / "toko.py").write_text(SCENARIO)
        ranges = f"[desk]\nallowed_ranges = {list(allowed)!r}\n"
        config = parse_config("pantau.toml", (text + ranges).encode())
        return Starter(Setup(config, tmp_path), tmp_path / "out")

    return make


def target(**facts):
    lines = "".join(f"{name} = {value!r}\n" for name, value in facts.items())
    return f"[[targets]]\n{lines}"


TOKO = target(id="toko", scenario="toko.py", dwell_s=1.5, resolve=["toko.example=127.0.0.1:8443"])


def refused(starter, **wish):
    with pytest.raises(NotStartable) as caught:
        starter.run_of(Wish(by="budi", device="mobile", **wish))
    return caught.value.message_id, caught.value.params


def test_a_target_is_walked_as_a_night_would_but_to_public_addresses_alone(starter, tmp_path):
    case = Case(surat_tugas="ST-1/PKTN/2026")
    run = starter(TOKO, ["127.0.0.0/8"]).run_of(Wish("budi", "mobile", target="toko", case=case))
    assert (run.job.name, run.by, run.title) == ("toko.mobile.1", "budi", "toko")
    settings = run.settings
    assert (settings.target, settings.dwell_s, settings.device, settings.case) == (
        "toko",
        1.5,
        "mobile",
        case,
    )
    assert settings.public_only
    assert settings.allowed_ranges == ("127.0.0.0/8",)
    assert settings.out == tmp_path / "out"
    assert run.scenario == tmp_path / "toko.py"


def test_an_address_is_walked_by_the_scenario_of_its_site(starter):
    text = target(id="toko", scenario="toko.py", dwell_s=1.5)
    run = starter(text).run_of(Wish("budi", "desktop", address=" https://www.toko.example/kopi?x=1 "))
    assert run.settings.start_url == run.title == "https://www.toko.example/kopi?x=1"
    assert run.settings.dwell_s == 1.5
    assert run.settings.target is None
    assert run.job.target == "www-toko-example"


def test_without_targets_the_scenarios_that_ship_are_there(tmp_path):
    bare = Starter(None, tmp_path)
    run = bare.run_of(Wish("budi", "desktop", address="https://www.tokopedia.com/toko-kopi"))
    assert run.scenario in shipped_scenarios()
    assert "tokopedia.com" in list(bare.fitting_sites())
    assert bare.targets == ()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://other.example/", "desk.start.no-scenario"),
        ("file:///etc/passwd", "desk.start.no-address"),
        ("javascript:alert(1)", "desk.start.no-address"),
        ("https://user:secret@toko.example/", "desk.start.no-address"),
        ("https://", "desk.start.no-address"),
        ("toko.example", "desk.start.no-address"),
        ("https://toko.example/\n", "desk.start.no-scenario"),
        ("https://toko.exa\nmple/", "desk.start.no-address"),
        ("https://toko.example/" + "x" * 3_000, "desk.start.no-address"),
        ("http://127.0.0.1/", "desk.start.range"),
        ("http://localhost:9222/json", "desk.start.range"),
        ("http://[::1]/", "desk.start.range"),
        ("http://[::ffff:10.0.0.1]/", "desk.start.range"),
        ("http://0x7f.1/", "desk.start.range"),
        ("http://2130706433/", "desk.start.range"),
        ("http://169.254.169.254/latest/meta-data/", "desk.start.range"),
        ("http://10.1.2.3/", "desk.start.range"),
    ],
)
def test_an_address_that_is_not_walked_is_told_why(starter, address, why):
    assert refused(starter(), address=address)[0] == why


def test_a_target_that_leads_inside_says_so_until_the_range_is_allowed(starter):
    closed, opened = starter(TOKO), starter(TOKO, ["127.0.0.0/8"])
    assert refused(closed, target="toko") == ("desk.start.range", {"host": "127.0.0.1", "range": "loopback"})
    assert closed.hindrance(closed.targets[0]).message_id == "desk.start.range"
    assert opened.hindrance(opened.targets[0]) is None


def test_what_is_missing_or_unknown_is_named(starter, tmp_path):
    text = target(id="a", scenario="none.py") + target(id="b", scenario="toko.py", trust_ca="none.pem")
    there = starter(text)
    assert refused(there, target="a") == ("desk.start.no-scenario-file", {"path": str(tmp_path / "none.py")})
    assert refused(there, target="b")[0] == "desk.start.no-ca-file"
    assert refused(there, target="c") == ("desk.start.no-target", {"target": "c"})
    assert refused(there, target="a", policy="../../etc/passwd")[0] == "desk.start.no-policy"
    assert (
        refused(there)[0]
        == refused(there, target="a", address="https://x.example/")[0]
        == "desk.start.one-of"
    )


def test_a_scenario_is_read_and_never_run_to_know_its_site(tmp_path):
    path = tmp_path / "s.py"
    path.write_text("raise SystemExit\n" + SCENARIO)
    assert declared_start(path) == "https://toko.example/"
    path.write_text("def (")
    assert declared_start(path) == ""
    path.write_text("scenario = Scenario(start_url=BASE + '/')")
    assert declared_start(path) == ""
