"""What goes wrong in nights: a fault is done to the walk, the site, the machine or the files, and undone.

A fault that touches a journey takes the place of its first attempt; the second is walked as on any night.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import random
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import trustme

from crawler.demo import hosts
from crawler.demo.server import Response
from crawler.fleet.outcome import Walked, outcome_of
from crawler.store import nights

CAPTCHA = (
    "<html><head><title>Verifikasi keamanan</title></head><body><h1>Verifikasi keamanan</h1>"
    "<p>Buktikan bahwa Anda bukan robot.</p><div class=h-captcha data-sitekey=1></div>"
    "<script src=https://js.hcaptcha.com/1/api.js></script></body></html>"
)
LOGIN = (
    "<html><head><title>Masuk</title></head><body><h1>Masuk ke akun Anda</h1><form action=/login method=post>"
    "<label>Nomor HP atau email <input name=username></label><label>Kata sandi "
    "<input type=password name=password></label><button>Masuk</button></form></body></html>"
)
KILL_AFTER_S = 3.0


@contextlib.contextmanager
def site_down(shop):
    """The server is gone: connections are refused."""
    shop._server.stop()
    yield


@contextlib.contextmanager
def tls_expired(shop):
    """The certificate's time is over."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(shop.trust_ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert(
        *hosts.names(), not_before=past - dt.timedelta(days=30), not_after=past
    )
    certificate.configure_cert(context)
    shop._server._context = context
    yield


@contextlib.contextmanager
def page_instead(shop, html):
    """Every page of the shop is another one."""
    answer = shop._server.site

    def site(request):
        wants_page = "text/html" in request.headers.get("accept", "")
        return Response(html.encode()) if wants_page else answer(request)

    shop._server.site = site
    yield


class Killer(threading.Thread):
    """Kills a process below this one, by its name, a moment after it was there first."""

    def __init__(self, matches):
        super().__init__(daemon=True)
        self._matches, self._over, self.killed = matches, threading.Event(), 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()

    def run(self):
        while not self._over.wait(0.1):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if self._matches(process) and not self._over.wait(KILL_AFTER_S):
                        process.kill()
                        self.killed += 1
                        return


def is_browser(process):
    return "--user-data-dir" in " ".join(process.cmdline()) and "--type=" not in " ".join(process.cmdline())


def is_driver(process):
    return any("run-driver" in word for word in process.cmdline())


def is_pantau(process):
    return process.cmdline()[1:4] == ["-m", "crawler.cli", "run"]


def killed_while_sealing(setup, order, start, lock, stopped, *, template, chance):
    """Seal a copy of a bundle in a process that is killed with -9 at a random moment of it."""
    root = setup.out / template.parent.name / start.run_id
    shutil.copytree(template / "data", root / "data")
    sealing = subprocess.Popen([sys.executable, "-c", SEAL, str(root), str(template)], stdout=subprocess.PIPE)
    assert sealing.stdout.read(1) == b"s"
    time.sleep(chance.uniform(0, 0.05))  # the power goes at any point of the seal
    with contextlib.suppress(ProcessLookupError):
        sealing.send_signal(signal.SIGKILL)
    sealing.wait()
    return outcome_of(setup.out, start, Walked(exit_code=-9))


SEAL = """
import sys
from pathlib import Path
from crawler.store.bundle import Bundle
from crawler.store.writer import BundleWriter
root, template = map(Path, sys.argv[1:])
run = Bundle(template).run
(root / "data/run.json").unlink()
writer = BundleWriter(root)
sys.stdout.write("s"); sys.stdout.flush()
writer.seal(run)
"""


@contextlib.contextmanager
def disk_refuses(monkeypatch, number, after):
    """The disk takes no record any more after some were written: full (ENOSPC) or read-only (EROFS)."""
    written = [0]
    link = os.link

    def refuse(*arguments, **named):
        written[0] += 1
        if written[0] > after:
            raise OSError(number, os.strerror(number))
        return link(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(nights.os, "link", refuse)
        yield


FULL, READ_ONLY = errno.ENOSPC, errno.EROFS


@contextlib.contextmanager
def queue_locked(path: Path, for_s: float):
    """Another program holds the queue's file for a while."""
    database = sqlite3.connect(path, check_same_thread=False, timeout=60)
    database.execute("begin exclusive")

    def release():
        time.sleep(for_s)  # how long a stranger holds the file
        database.rollback()
        database.close()

    thread = threading.Thread(target=release, daemon=True)
    thread.start()
    yield
    thread.join()


def random_of(seed):
    return random.Random(seed)
