"""The command line that Chromium gets."""

import re
from pathlib import Path

import playwright

from crawler.browse.chromium.switches import disabled_features, launch_args, resolver_rules
from crawler.settings import HostMapping


def test_there_is_one_feature_list_and_it_holds_ours_and_playwrights():
    args = launch_args(netlog=Path("/run/netlog.json"), as_root=False)
    lists = [arg for arg in args if arg.startswith("--disable-features=")]
    assert lists == ["--disable-features=" + ",".join(disabled_features())]
    assert {"WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "PaintHolding"} <= set(disabled_features())
    assert len(set(disabled_features())) == len(disabled_features())


def test_playwrights_part_is_what_the_installed_driver_passes():
    driver = Path(playwright.__file__).parent / "driver/package/lib/coreBundle.js"
    listed = re.search(r"disabledFeatures = \[(.*?)\]\.filter", driver.read_text(), re.DOTALL)
    assert listed
    code = re.sub(r"^\s*//.*$", "", listed[1], flags=re.MULTILINE)
    theirs = re.findall(r'"(\w+)"', code)
    assert theirs
    assert list(disabled_features())[: len(theirs)] == theirs
    assert set(disabled_features()) - set(theirs) == {"WebUIOmniboxPopup", "WebUIOmniboxAimPopup"}


def test_the_network_log_is_kept_without_cookie_values():
    args = launch_args(netlog=Path("/run/netlog.json"), as_root=False)
    assert "--log-net-log=/run/netlog.json" in args
    assert "--net-log-capture-mode=Default" in args


def test_no_picture_is_taken_before_its_photographs_are_decoded():
    assert "--disable-checker-imaging" in launch_args(netlog=Path("n"), as_root=False)


def test_the_browser_makes_no_traffic_of_its_own():
    args = set(launch_args(netlog=Path("n"), as_root=False))
    assert {
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    } <= args


def test_the_sandbox_is_off_only_for_root():
    assert "--no-sandbox" in launch_args(netlog=Path("n"), as_root=True)
    assert "--no-sandbox" not in launch_args(netlog=Path("n"), as_root=False)


def test_without_mappings_names_resolve_as_usual():
    assert not [arg for arg in launch_args(netlog=Path("n"), as_root=True) if "host-resolver" in arg]


def test_exact_names_go_before_wildcards_because_the_first_match_wins():
    mappings = [
        HostMapping(host="*", target="~NOTFOUND"),
        HostMapping(host="*.tokopedia.com", target="127.0.0.1:2"),
        HostMapping(host="www.tokopedia.com", target="127.0.0.1:1"),
    ]
    rules = "MAP www.tokopedia.com 127.0.0.1:1,MAP *.tokopedia.com 127.0.0.1:2,MAP * ~NOTFOUND"
    assert resolver_rules(mappings) == rules
    assert f"--host-resolver-rules={rules}" in launch_args(netlog=Path("n"), resolve=mappings, as_root=False)
