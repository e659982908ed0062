"""The same six pages as a scenario."""

from crawler.browse import Journey, Scenario, Stage

STAGES = [Stage.STOREFRONT, Stage.SEARCH, Stage.PRODUCT, Stage.CART, Stage.CHECKOUT, Stage.PAYMENT]

scenario = Scenario(
    id="bench-pictures",
    title={"id": "Enam halaman bergambar", "en": "Six pages of pictures"},
    start_url="http://shop.bench.test/",
    stages=STAGES,
)


def walk(journey: Journey) -> None:
    """Open one page after the other."""
    for number, stage in enumerate(STAGES, start=1):
        with journey.stage(stage):
            journey.page.goto(f"{journey.start_url}{number}")
