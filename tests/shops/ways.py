"""Ways to send an order: what a page does (`NOTE` is the way's name), and what a visitor does on it."""

# ruff: noqa: E501 - scripts stand on one line each

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BESIDE", "EXPRESS", "WAYS", "Way", "every"]


@dataclass(frozen=True)
class Way:
    """One way. `script` runs in the payment page; `press` is a key for the control `#w`, or a click on it.

    `reads` says that it can only send a GET: where a shop does not order by GET, it is no way there.
    """

    name: str
    script: str
    press: str = ""
    reads: bool = False
    bare: bool = False  # it cannot say what a body says: no way where the body decides


BUTTON = "add(Object.assign(document.createElement('{tag}'), {{ id: 'w', textContent: '{label}', onclick: () => {act} }}))"

WAYS = (
    Way("button", "add(formOf(NOTE, '<button id=w>Bayar sekarang</button>'))", "click"),
    Way("button-renamed", "add(formOf(NOTE, '<button id=w>Lanjutkan kopi</button>'))", "click"),
    Way("button-as-input", "add(formOf(NOTE, '<input type=submit id=w value=Ya>'))", "click"),
    Way("button-picture", "add(formOf(NOTE, '<input type=image id=w alt=Kopi width=40 height=40>'))", "click"),
    Way("onclick-div", BUTTON.format(tag="div", label="Siap", act="byFetch(NOTE)"), "click"),
    Way("onclick-renamed", BUTTON.format(tag="button", label="Seduh", act="byFetch(NOTE)"), "click"),
    Way("onclick-xhr", BUTTON.format(tag="span", label="Lanjut", act="{ const x = new XMLHttpRequest(); x.open(SHOP.method, SHOP.target); x.setRequestHeader('content-type', typeOf()); x.send(bodyOf(NOTE)) }"), "click"),
    Way("enter", "add(formOf(NOTE, '<input id=w name=catatan>'))", "Enter"),
    Way("pointer-down", "add(Object.assign(document.createElement('p'), { id: 'w', textContent: 'Geser', onpointerdown: () => byFetch(NOTE) }))", "click"),
    Way("get-link", "linkTo(NOTE, 'Lihat ringkasan', { id: 'w' })", "click", reads=True),
    Way("get-link-blank", "linkTo(NOTE, 'Lihat rincian', { id: 'w', target: '_blank' })", "click", reads=True),
    Way("link-ping", "linkTo(NOTE, 'Bantuan', { id: 'w', href: '#', ping: getAddress(NOTE) })", "click", bare=True),
    Way("fetch", "byFetch(NOTE)"),
    Way("fetch-keepalive", "byFetch(NOTE, { keepalive: true })"),
    Way("fetch-no-cors", "fetch(SHOP.origin + SHOP.target, { method: 'POST', mode: 'no-cors', body: bodyOf(NOTE) })"),
    Way("fetch-head", "fetch(getAddress(NOTE), { method: 'HEAD' })", reads=True),
    Way("fetch-options", "fetch(getAddress(NOTE), { method: 'OPTIONS' })", reads=True),
    Way("fetch-multipart", "{ const f = new FormData(); for (const [k, v] of SHOP.kind === 'json' ? [['isi', bodyOf(NOTE)]] : new URLSearchParams(bodyOf(NOTE))) f.append(k, v); fetch(SHOP.target, { method: 'POST', body: f }) }"),
    Way("xhr", "{ const x = new XMLHttpRequest(); x.open(SHOP.method, SHOP.target); x.setRequestHeader('content-type', typeOf()); x.send(bodyOf(NOTE)) }"),
    Way("beacon", "navigator.sendBeacon(SHOP.target, new Blob([bodyOf(NOTE)], { type: typeOf() }))"),
    Way("beacon-pagehide", "addEventListener('pagehide', () => navigator.sendBeacon(SHOP.target, new Blob([bodyOf(NOTE)], { type: typeOf() }))); setTimeout(() => { location.href = '/bantuan' }, 50)"),
    Way("keepalive-pagehide", "addEventListener('pagehide', () => { byFetch(NOTE, { keepalive: true }) }); setTimeout(() => { location.href = '/bantuan' }, 50)"),
    Way("worker", "new Worker('/uji/worker.js?note=' + NOTE)"),
    Way("worker-blob", "new Worker(blob(`fetch(${JSON.stringify(SHOP.origin + SHOP.target)}, { method: ${JSON.stringify(SHOP.method)}, headers: { 'content-type': ${JSON.stringify(typeOf())} }, body: ${JSON.stringify(bodyOf(NOTE))} })`))"),
    Way("worker-in-worker", "new Worker(blob(`new Worker('${SHOP.origin}/uji/worker.js?note=' + ${JSON.stringify(NOTE)})`))"),
    Way("shared-worker", "new SharedWorker('/uji/shared.js?note=' + NOTE)"),
    Way("service-worker", "navigator.serviceWorker.register('/uji/service.js?note=' + NOTE, { scope: '/uji/' }).then((r) => { const s = r.installing || r.waiting || r.active; const go = () => s.postMessage(1); s.state === 'activated' ? go() : s.addEventListener('statechange', () => s.state === 'activated' && go()) })"),
    Way("frame", "frame({ src: '/uji/fetch?note=' + NOTE })"),
    Way("frame-form", "frame({ src: '/uji/form?note=' + NOTE })"),
    Way("frame-srcdoc", "frame({ srcdoc: `<script>const s = parent.SHOP_; parent.fetch.call(window, s[0], s[1])</` + 'script>' }, globalThis.SHOP_ = [SHOP.origin + SHOP.target, { method: SHOP.method, headers: { 'content-type': typeOf() }, body: bodyOf(NOTE) }])"),
    Way("frame-blank", "frame({}).contentWindow.fetch(SHOP.origin + SHOP.target, { method: SHOP.method, headers: { 'content-type': typeOf() }, body: bodyOf(NOTE) })"),
    Way("frame-target", "add(Object.assign(document.createElement('iframe'), { name: 'kecil' })), byForm(NOTE, 'kecil')"),
    Way("popup", BUTTON.format(tag="button", label="Buka", act="open('/uji/fetch?note=' + NOTE)"), "click"),
    Way("popup-form", BUTTON.format(tag="button", label="Buka lagi", act="byForm(NOTE, '_blank')"), "click"),
    Way("websocket", "{ const s = new WebSocket(SHOP.origin.replace('https', 'wss') + '/langsung'); s.onopen = () => s.send(JSON.stringify({ pesan: 1, note: NOTE })) }"),
    Way("websocket-worker", "new Worker(blob(`const s = new WebSocket('${SHOP.origin.replace('https', 'wss')}/langsung'); s.onopen = () => s.send(JSON.stringify({ pesan: 1, note: '${NOTE}' }))`))"),
    Way("redirect-307", "fetch(SHOP.hop.target, { method: SHOP.hop.method, headers: { 'content-type': typeOf(SHOP.hop) }, body: SHOP.hop.method === 'GET' ? undefined : bodyOf(NOTE, SHOP.hop) })"),
    Way("prefetch", "document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: getAddress(NOTE) }))", reads=True),
    Way("prefetch-rules", "document.head.append(Object.assign(document.createElement('script'), { type: 'speculationrules', textContent: JSON.stringify({ prefetch: [{ urls: [getAddress(NOTE)], eagerness: 'immediate' }] }) }))", reads=True),
    Way("prerender", "document.head.append(Object.assign(document.createElement('script'), { type: 'speculationrules', textContent: JSON.stringify({ prerender: [{ urls: [SHOP.origin + '/uji/fetch?note=' + NOTE], eagerness: 'immediate' }] }) }))"),
    Way("picture", "add(Object.assign(new Image(), { src: getAddress(NOTE) }))", reads=True),
    Way("event-source", "new EventSource(getAddress(NOTE))", reads=True),
    Way("style-sheet", "document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: getAddress(NOTE) }))", reads=True),
    Way("script-element", "document.head.append(Object.assign(document.createElement('script'), { src: getAddress(NOTE) }))", reads=True),
    Way("form-submit", "byForm(NOTE)"),
    Way("location", "setTimeout(() => { location.href = getAddress(NOTE) }, 20)", reads=True),
    Way("delayed", "setTimeout(() => byFetch(NOTE), 1500)"),
)  # fmt: skip

EXPRESS = ("express-product", "express-cart")
BESIDE = ("page-request", "context-request", "new-context", "second-launch", "plain-socket", "subprocess")


def every() -> list[str]:
    """Return the names of all ways."""
    return [*(way.name for way in WAYS), *EXPRESS, *BESIDE]
