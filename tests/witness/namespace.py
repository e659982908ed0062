"""Walks the test site inside a network namespace of its own: `python -m tests.witness.namespace FOLDER WALK`.

The namespace has loopback and nothing else, so that whatever a browser asks for is answered by the site, or
by nobody. Where namespaces are not allowed, `fallback` says so and host-resolver rules stand in: they
answer before DNS, so look-ups alone are then not seen. Prints one line of JSON: what arrived, and where the
evidence is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.witness import pages
from tests.witness.mechanisms import BY_HOST, SHOP, TILL, of
from tests.witness.quic import Quic
from tests.witness.server import Certificates, Dropping, Log, Names, Silent, Stun, Web

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
RESOLV = "/etc/resolv.conf"
LIMIT_S = 420
CALLS = ("stun", "stun-silent", "turn", "turn-tcp", "turn-tls")  # WebRTC asks nobody on loopback
DROPPING = {"tls-failure": 8445, "turn-tcp": 3481, "turn-tls": 5349}
SILENT = {"webtransport-silent": 8444, "stun-silent": 3479, "turn": 3480}
ALIASES = {of("image").host: "edge-image.test"}
# WebRTC asks nobody where there is loopback only: a second interface, which leads nowhere. It makes up no
# IPv6 address: one that comes a second later is a changed network, for which Chromium drops all under way.
INTERFACES = (
    "link set lo up",
    "link add witness0 type veth peer name witness1",
    "link set witness0 addrgenmode none",
    "link set witness1 addrgenmode none",
    "addr add 192.0.2.1/24 dev witness0",
    "link set witness0 up",
    "link set witness1 up",
    "route add default via 192.0.2.2 dev witness0",
)


def allowed() -> bool:
    """Say whether this machine lets us make a network namespace; `WITNESS_FALLBACK=1` says no."""
    if os.environ.get("WITNESS_FALLBACK"):
        return False
    return subprocess.run([*_unshare(), "true"], capture_output=True, check=False).returncode == 0


def walk(folder: Path, kind: str, device: str = "desktop") -> dict[str, Any]:
    """Walk the site in a namespace, or beside one where that is not allowed, and return what came of it.

    Args:
        folder: Takes the evidence.
        kind: `pantau` walks as the product does, `plain` with Playwright's events alone.
        device: What `pantau` walks on.
    """
    isolated = allowed()
    command = [
        *(_unshare() if isolated else ()),
        sys.executable,
        "-m",
        "tests.witness.namespace",
        str(folder),
        kind,
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False,
        env={**os.environ, "WITNESS_ISOLATED": "yes" if isolated else "", "WITNESS_DEVICE": device},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the walk failed:\n{done.stderr[-4_000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _unshare() -> list[str]:
    return ["unshare", "--net", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",))]


@contextmanager
def site(folder: Path, *, isolated: bool) -> Iterator[tuple[Log, Certificates, dict[str, int]]]:
    """Run every server of the site: on their own ports in a namespace, on free ones otherwise."""
    if isolated:
        for command in INTERFACES:
            subprocess.run(["ip", *command.split()], check=True)
        _await_link()
        resolv = folder / "resolv.conf"
        resolv.write_text("nameserver 127.0.0.1\n")
        subprocess.run(["mount", "--bind", str(resolv), RESOLV], check=True)
    log = Log()
    http2 = frozenset({of("http2").host, of("fetch-stream").host, TILL})
    certificates = Certificates(log, folder, http2=http2)
    at = (lambda port: port) if isolated else (lambda _: 0)
    addresses = {of(each).host: "192.0.2.1" for each in CALLS}
    names = Names(log, _known, ALIASES, addresses if isolated else {}, at(53))
    stun = Stun(log, of("stun").host, at(3478))
    servers = {"https": Web(log, at(443), certificates.wrap), "http": Web(log, at(80))}
    others = _odd(log, folder) if isolated else []
    try:
        yield log, certificates, {name: server.port for name, server in servers.items()}
    finally:
        for server in (*servers.values(), names, stun, *others):
            server.close()


def _odd(log: Log, folder: Path) -> list[Any]:
    """Run the servers that need a port of their own: QUIC, and those that answer nothing or wrongly."""
    strange = folder / "strange"
    strange.mkdir()
    quic = Quic(log, 8443)
    pages.quic[:] = quic.fingerprint
    return [
        quic,
        Web(log, 8447, Certificates(log, strange, http2=frozenset()).wrap),
        *(Dropping(log, of(each).host, port) for each, port in DROPPING.items()),
        *(Silent(log, of(each).host, port) for each, port in SILENT.items()),
    ]


def _await_link() -> None:
    """Wait until the kernel has told that both ends of the link are up: it does so a moment late."""
    while any(each["operstate"] not in ("UP", "UNKNOWN") for each in _links()):
        time.sleep(0.05)


def _links() -> list[dict[str, Any]]:
    shown = subprocess.run(["ip", "-json", "link", "show", "up"], check=True, capture_output=True, text=True)
    return json.loads(shown.stdout)


def _known(name: str) -> bool:
    if name == of("unresolved").host:
        return False
    return name in BY_HOST or name in (SHOP, TILL) or name in ALIASES.values()


def main(folder: Path, kind: str) -> int:
    """Walk, and print what arrived."""
    from tests.witness import walks

    isolated = bool(os.environ.get("WITNESS_ISOLATED"))
    folder.mkdir(parents=True, exist_ok=True)
    with site(folder, isolated=isolated) as (log, certificates, ports):
        found = walks.KINDS[kind](folder, certificates.path, {} if isolated else ports)
        arrived = [[kind, host, count] for (kind, host), count in sorted(log.arrived.items())]
    sys.stdout.write(json.dumps({"arrived": arrived, "isolated": isolated, **found}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
