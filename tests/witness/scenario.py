"""The test site, from its shop to another site's till, and the tab closed there."""

from playwright.sync_api import Error

from crawler.browse import Journey, Scenario, Stage

scenario = Scenario(
    id="witness",
    title={"id": "Situs uji", "en": "Test site"},
    start_url="https://shop.test/",
    stages=[Stage.STOREFRONT, Stage.PRODUCT, Stage.CHECKOUT],
)


def walk(journey: Journey) -> None:
    page = journey.page
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        page.wait_for_function("document.title == 'controlled'")
        with page.context.expect_page():
            page.get_by_role("button", name="open").click()
        with page.context.expect_page():
            page.get_by_role("link", name="blank").click()
        page.get_by_role("link", name="ping").click()
        try:
            page.get_by_role("link", name="download").click(no_wait_after=True)
        except Error as error:
            if "ownload" not in error.message:
                raise
    with journey.stage(Stage.PRODUCT):
        page.get_by_role("link", name="product").click()
        page.get_by_role("heading", name="Product").wait_for()
    with journey.stage(Stage.CHECKOUT):
        page.get_by_role("link", name="till").click()
        page.get_by_role("heading", name="Till").wait_for()
    page.close()
    page.context.pages[-1].wait_for_timeout(800)
