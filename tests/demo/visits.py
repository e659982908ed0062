"""Judges single stages of the reference shop, opened by their addresses: a short run for one question."""

from pathlib import Path

from crawler.browse.run.supervisor import supervise
from crawler.checks.engine import judge
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.model.policy import load_brands, pack_in_force
from crawler.settings import HostMapping, RunSettings
from crawler.store.bundle import Bundle

SCENARIO = """
from crawler.browse import Journey, Scenario, Stage
VISITS = {visits!r}
scenario = Scenario(
    id="some-stages", title={{"id": "Beberapa tahap", "en": "Some stages"}},
    start_url="https://www.tokopedia.com/", stages=[Stage(kind) for kind, _ in VISITS],
)
def walk(journey):
    for kind, url in VISITS:
        with journey.stage(Stage(kind)):
            journey.page.goto(url)
"""
SMALL = {"shelf_length": 1}
ORDER = ("entry", "storefront", "search", "product", "cart", "checkout", "payment", "invoice", "info")
PATHS = {
    "storefront": "",
    "search": "search?q=kopi",
    "product": "kedai-takengon/kopi-arabika-gayo-wine-process-250-gr-101",
    "cart": "cart",
    "checkout": "cart/shipment",
    "info": "contact-us",
}


def addresses(shop):
    """The address of each stage, in the order of a journey."""
    known = {stage: shop.start_url + path for stage, path in PATHS.items()}
    known |= {"entry": shop.feed_url, "invoice": shop.invoice_url}
    known["payment"] = shop.state.switches.payment_page_url + "?cart=c1"
    return known


def observe(state, stages, work_dir, *, dwell_s=1.0):
    """Open some stages of a state and judge them: the judgement and how many orders the shop gained."""
    small = state.with_switches(SMALL)
    with ReferenceShop(small, work_dir=work_dir / "shop") as shop:
        urls = addresses(shop)
        visits = [(stage, urls[stage]) for stage in ORDER if stage in stages]
        script = work_dir / "some_stages.py"
        script.write_text(SCENARIO.format(visits=visits))
        before = shop.orders()
        outcome = supervise(script, _settings(shop, work_dir, dwell_s))
        gained = shop.orders() - before
    bundle = Bundle(Path(outcome.root))
    assert [visit.kind for visit in bundle.run.visits if visit.reached] == [kind for kind, _ in visits]
    day = state.as_of
    return judge(bundle, pack_in_force(day), load_brands(), as_of=day), gained


def _settings(shop, work_dir, dwell_s):
    pairs = (entry.split("=", 1) for entry in (*shop.resolve, "*=~NOTFOUND"))
    return RunSettings(
        as_of=shop.state.as_of,
        dwell_s=dwell_s,
        deadline_s=120,
        invoice_url=shop.invoice_url,
        out=work_dir / "out",
        resolve=tuple(HostMapping(host=host, target=target) for host, target in pairs),
        trust_ca=shop.trust_ca,
    )


def opened(judgement):
    """Every finding that nothing excuses."""
    return [found for rule in judgement.rules for found in rule.findings if found.status == "open"]


def clean():
    return load_state("2024-03-12")
