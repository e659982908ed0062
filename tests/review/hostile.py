"""A sealed, judged and indexed run of a shop that wrote script wherever a shop can write."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from click.testing import CliRunner
from PIL import Image

from crawler.cli import pantau
from crawler.store import index
from tests.bundles import a_page, a_request, a_visit, make_bundle

if TYPE_CHECKING:
    from pathlib import Path

PAYLOAD = (
    "\"'><img src=x onerror=window.owned=1><script>window.owned=1</script><svg onload=window.owned=1>{{7*7}}"
)
URL = f"https://www.tokopedia.com/?q={PAYLOAD}#javascript:window.owned=1"
PAGE = f"<!doctype html><title>{PAYLOAD}</title><script>window.owned=1</script><body onload='window.owned=1'>"


def make_hostile_run(folder: Path) -> Path:
    """Make the run below a folder and return its own folder."""
    pages = (
        a_page(
            url=URL,
            title=PAYLOAD,
            text=[f"TikTok Shop {PAYLOAD}", f"TikTok Shop \u202e {PAYLOAD} \x1b[31m"],
            html=PAGE,
            picture=Image.new("RGB", (1_366, 900), "white"),
        ),
    )
    payment = a_page(url=URL, title=PAYLOAD, text=[f"Bayar {PAYLOAD}"], html=PAGE)
    bundle = make_bundle(
        folder,
        [
            a_visit("storefront", pages=pages),
            a_visit("cart", text=[PAYLOAD]),
            a_visit("payment", pages=(payment,)),
        ],
        [
            a_request(
                f"https://pay.tiktok.com/pay?to={PAYLOAD}",
                visit=3,
                method="POST",
                body=f"card_number=4111111111111111&amount={PAYLOAD}",
                headers={"X-Shop": PAYLOAD, "Cookie": f"shop={PAYLOAD}"},
                response_headers={
                    "Server": PAYLOAD,
                    "Set-Cookie": f"x={PAYLOAD}",
                    "Content-Type": "text/html",
                },
                response_body=PAGE.encode(),
            ),
            a_request(f"https://xn--80ak6aa92e.example/{PAYLOAD}", visit=1),
        ],
    )
    done = CliRunner().invoke(pantau, ["check", str(bundle.root)])
    assert done.exit_code in (0, 1, 3), done.output
    index.update(bundle.root.parent.parent)
    return bundle.root


class Inert(HTMLParser):
    """Collects what a page could run: script that is not ours, handlers, styles, addresses that are code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            said = (value or "").strip().lower()
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.found.append(f"<{tag} {name}={said[:40]!r}>")
            if name in ("src", "href", "action", "formaction", "data") and not re.match(
                r"[/#?]|https?:", said
            ):
                self.found.append(f"<{tag} {name}={said[:40]!r}>")
            if name.startswith("hx-on") or (name in ("hx-vals", "hx-headers") and said.startswith("js:")):
                self.found.append(f"<{tag} {name}>")
        if tag == "script" and not dict(attrs).get("src", "").startswith("/static/"):
            self.found.append("<script> of its own")
        if tag in ("iframe", "object", "embed", "base", "style"):
            self.found.append(f"<{tag}>")


def what_could_run(html: str) -> list[str]:
    """Return what a page could run that is not the desk's; nothing, if all is well."""
    parser = Inert()
    parser.feed(html)
    parser.close()
    return parser.found
