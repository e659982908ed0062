"""A running reference shop, a plain HTTPS client for it, and a real browser that trusts it."""

import http.client
import json
import os
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state

CLEAN, PILOT = "2024-03-12", "2023-12-12"
DEVICES = {
    "desktop": {"viewport": {"width": 1366, "height": 768}},
    "mobile": {
        "viewport": {"width": 412, "height": 915},
        "device_scale_factor": 3,
        "has_touch": True,
        "is_mobile": True,
    },
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Client:
    """Asks the shop over TLS, checking its certificate, as a browser would."""

    def __init__(self, shop):
        self.shop = shop
        self.context = ssl.create_default_context(cafile=str(shop.trust_ca))
        self.port = int(shop.resolve[0].rsplit(":", 1)[1])

    def connect(self, host="www.tokopedia.com"):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=self.context)
        raw = connection._create_connection(("127.0.0.1", self.port), 10)
        connection.sock = self.context.wrap_socket(raw, server_hostname=host)
        return connection

    def ask(self, url, method="GET", body=None, headers=(), host=None):
        parts = urlsplit(url)
        connection = self.connect(parts.hostname)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, {"Host": host or parts.hostname, **dict(headers)})
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return answer

    def post(self, url, value, **headers):
        return self.ask(url, "POST", json.dumps(value), {"Content-Type": "application/json", **headers})


@contextmanager
def running(state_id, work_dir, plants=()):
    with ReferenceShop(load_state(state_id), work_dir=work_dir, plants=plants) as shop:
        yield shop
        assert shop.failures == ()


@contextmanager
def browsing(shop, work_dir, device="desktop"):
    """A persistent context on a fresh profile in which the shop's hosts resolve, and nothing else does."""
    home = work_dir / "home"
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True)
    trust = ["-n", "shop", "-t", "C,,", "-i", str(shop.trust_ca)]
    subprocess.run(["certutil", "-A", "-d", f"sql:{database}", *trust], check=True)
    rules = [f"MAP {host} {address}" for host, address in (entry.split("=", 1) for entry in shop.resolve)]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(work_dir / "profile"),
            executable_path=os.environ.get("PANTAU_BROWSER", "/usr/bin/chromium"),
            args=["--no-sandbox", "--host-resolver-rules=" + ",".join([*rules, "MAP * ~NOTFOUND"])],
            env={**os.environ, "HOME": str(home)},
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            **DEVICES[device],
        )
        yield context
        context.close()


@pytest.fixture
def shop(tmp_path):
    with running(CLEAN, tmp_path / "shop") as shop:
        yield shop


@pytest.fixture
def client(shop):
    return Client(shop)
