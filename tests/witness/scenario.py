"""The test site, from its shop to another site's till, and the tab closed there."""

from crawler.browse import Journey, Scenario, Stage

scenario = Scenario(
    id="witness",
    title={"id": "Situs uji", "en": "Test site"},
    start_url="https://shop.test/",
    stages=[Stage.STOREFRONT, Stage.PRODUCT, Stage.CHECKOUT],
)

AT_CLOSE = ["m-close-beacon.test", "m-close-keepalive.test"]
ARRIVED = """async (hosts) => {
  for (let tries = 0; tries < 40; tries++) {
    const there = await (await fetch("https://shop.test/arrived")).json();
    if (hosts.every((host) => there.includes(host))) return;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error("what the page sends as it closes did not arrive");
}"""


def walk(journey: Journey) -> None:
    page = journey.page
    for host in AT_CLOSE:  # at the till the guard keeps back what it does not know
        journey.allow("POST", host, "/x", why="The test site's own; it takes no orders.")
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        page.wait_for_function("document.title == 'controlled'")
        with page.context.expect_page():
            page.get_by_role("button", name="open").click()
        with page.context.expect_page():
            page.get_by_role("link", name="blank").click()
        page.get_by_role("link", name="ping").click()
        page.get_by_role("link", name="download").evaluate("link => link.click()")
    with journey.stage(Stage.PRODUCT):
        page.get_by_role("link", name="product").click()
        page.get_by_role("heading", name="Product").wait_for()
    with journey.stage(Stage.CHECKOUT):
        page.get_by_role("link", name="till").click()
        page.get_by_role("heading", name="Till").wait_for()
    page.close()
    # What leaves as a page closes takes its time on a busy machine, and a browser that closes takes it along.
    page.context.pages[-1].evaluate(ARRIVED, AT_CLOSE)
