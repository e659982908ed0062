"""Every spelling of an address that is nobody's shop is refused, and shops are not."""

import ipaddress
import subprocess
import sys

import pytest

from crawler.browse.proxy.ranges import Ranges, carried_addresses, literal, own_addresses, ranges_here

REFUSED = {
    "loopback": [
        "127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:0:808:808::80ff:fffe", "2a00::200:5efe:127.0.0.1", "2a00::5efe:7f00:1",
    ],
    "private": [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12::1", "fc00::1", "fec0::1",
                "::ffff:10.0.0.1", "64:ff9b::c0a8:101", "2002:a00:1::1",
    ],
    "link-local": ["169.254.1.1", "fe80::1", "fe80::1%1", "2001:4860::1%eth0"],
    "carrier": ["100.64.0.1", "100.127.255.255"],
    "metadata": ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
                 "fd00:ec2::254", "fd20:ce::254", "168.63.129.16", "100.100.100.200", "169.254.170.2",
                 "192.0.0.192"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.9", "2001:db8::1"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"],
    "not public": ["100::1", "64:ff9b:1::1", "5f00::1", "::127.0.0.1", "4000::1"],
}  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "103.42.23.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
    "169.253.1.1", "11.0.0.1", "2606:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, all_ in REFUSED.items() for text in all_])
def test_an_address_that_no_public_shop_has_is_refused_by_its_range(name, text):
    assert Ranges().refusal(ipaddress.ip_address(text)) == name


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_reached(text):
    assert Ranges().refusal(ipaddress.ip_address(text)) == ""


def test_an_allowed_range_opens_that_and_nothing_beside_it():
    ranges = ranges_here(["10.1.2.0/24", "127.0.0.0/8"])
    refusals = [
        ranges.refusal(ipaddress.ip_address(each)) for each in ("10.1.2.9", "127.0.0.1", "::ffff:10.1.2.9")
    ]
    assert refusals == ["", "", ""]
    assert ranges.refusal(ipaddress.ip_address("10.1.3.1")) == "private"
    assert ranges.refusal(ipaddress.ip_address("::1")) == "loopback"
    assert ranges.refusal(ipaddress.ip_address("169.254.169.254")) == "metadata"


def test_the_machines_own_address_is_refused_however_public_it_looks():
    ranges = Ranges(own=frozenset({ipaddress.ip_address("8.8.4.4")}))
    assert ranges.refusal(ipaddress.ip_address("8.8.4.4")) == "own"
    assert ranges.refusal(ipaddress.ip_address("::ffff:8.8.4.4")) == "own"
    assert ipaddress.ip_address("127.0.0.1") in own_addresses()


@pytest.mark.parametrize(
    "host",
    [
        "0x7f.0.0.1", "0177.0.0.1", "2130706433", "127.1", "0x7f000001", "127.0.0.1.", "1.2.3",
        "shop.example.0x1", "::1%2%3", "[::1", "1.2.3.4.5", "256.1.1.1",
    ],
)  # fmt: skip
def test_a_host_that_is_neither_a_name_nor_a_plain_address_is_no_host(host):
    with pytest.raises(ValueError, match=r".+"):
        literal(host)


def test_names_are_names_and_plain_addresses_are_addresses():
    assert [literal(each) for each in ("shop.example", "1.2.3.4.example", "localhost")] == [None] * 3
    assert str(literal("[::1]")) == str(literal("::1")) == "::1"
    assert carried_addresses(ipaddress.ip_address("2606:4700::1111")) == ()


def test_a_range_that_is_none_is_a_mistake_of_the_command_line():
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "run",
        "s.py",
        "--public-only",
        "--allow-range",
        "10.1.2.3/8",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--allow-range" in done.stderr
