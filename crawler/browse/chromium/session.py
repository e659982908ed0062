"""One browser for one run: fresh profile, own network log, closed so that the log is complete."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import psutil
from playwright.sync_api import Error, sync_playwright

from crawler.browse.chromium.program import Browser, find_browser, trust_ca, wrapper
from crawler.browse.chromium.switches import launch_args
from crawler.browse.chromium.work import NETLOG, PID_FILE
from crawler.browse.proxy.log import LogReader
from crawler.browse.proxy.proxy import LOG
from crawler.errors import BrowserCrashed, CaptureError, ConfigError
from crawler.model.device import DEVICES, Device

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, StorageState

    from crawler.model.login_state import LoginState
    from crawler.settings import RunSettings

LAUNCH_LIMIT_S = 60
NEVER_PREDICT = 2  # no prefetch or prerender by speculation rules; <link rel=prefetch> goes on


@dataclass
class Session:
    """A running browser and what is known of it.

    `work` is a folder private to the run, outside the bundle: profile, HOME, temporary files, raw NetLog.
    `proxied` is what the checking proxy says, None where the browser goes by none.
    """

    context: BrowserContext
    settings: RunSettings
    device: Device
    browser: Browser
    work: Path
    args: tuple[str, ...]
    proxied: LogReader | None = None
    gone: bool = False
    last_request: float = field(default_factory=time.monotonic)
    driver: psutil.Process | None = field(default_factory=lambda: _driver())  # noqa: PLW0108 - defined below

    def driver_gone(self) -> bool:
        """Say whether the browser's driver has ended: what it leaves looks like a page that was closed."""
        if self.driver is None:
            return False
        try:
            return not self.driver.is_running() or self.driver.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def kept_from(self, url: str) -> str:
        """Return in words why the checking proxy refused an address; empty where it did not, or for none."""
        return self.proxied.why_refused(url) if self.proxied else ""

    def require_browser(self) -> None:
        """Raise where the browser is known to be gone.

        Raises:
            BrowserCrashed: it is.
        """
        if self.gone:
            raise BrowserCrashed("The browser is gone.")

    def check(self) -> None:
        """Ask the browser something, so that one that is gone shows.

        Raises:
            BrowserCrashed: it does not answer any more.
        """
        try:
            self.context.cookies("http://localhost/")
        except Error as error:
            self.gone = True
            raise BrowserCrashed("The browser is gone.") from error

    def facts(self, page: Page) -> dict[str, Any]:
        """Return the facts of `Environment` that only the browser knows."""
        browser = self.context.browser
        return {
            "browser": f"{self.browser.product} {browser.version if browser else self.browser.version}",
            "browser_path": str(self.browser.path),
            "browser_args": self.args,
            "user_agent": page.evaluate("navigator.userAgent"),
            "viewport_px": self.device.viewport,
            "scale": self.device.scale,
            "touch": self.device.touch,
            "locale": self.settings.locale,
            "timezone": self.settings.timezone,
        }


def _driver() -> psutil.Process | None:
    """Return the process of Playwright's driver, a child of this one; none where it cannot be told."""
    try:
        return next((each for each in psutil.Process().children() if "run-driver" in each.cmdline()), None)
    except psutil.Error:
        return None


@contextmanager
def open_session(
    settings: RunSettings, work: Path, proxy_port: int | None = None, login: LoginState | None = None
) -> Iterator[Session]:
    """Start the browser of a run on a fresh profile and close it in the end.

    Args:
        settings: The settings of the run.
        work: Its private folder.
        proxy_port: Where its checking proxy listens; None where it has none.
        login: The log-in to begin with; None for a guest.

    Raises:
        ConfigError: there is no browser, or the extra authority cannot be trusted.
        CaptureError: the browser does not start.
    """
    browser = find_browser(settings.browser)
    device = DEVICES[settings.device]
    profile, home = work / "profile", work / "home"
    home.mkdir(parents=True)
    if settings.trust_ca:
        trust_ca(home, settings.trust_ca)
    _prepare(profile, third_party_cookies=settings.third_party_cookies == "allowed")
    args = launch_args(
        netlog=work / NETLOG, resolve=settings.resolve, proxy_port=proxy_port, as_root=os.geteuid() == 0
    )
    program = wrapper(work / "chromium", browser=browser.path, pid_file=work / PID_FILE)
    with sync_playwright() as playwright:
        try:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=program,
                args=list(args),
                ignore_default_args=["--disable-popup-blocking"],
                chromium_sandbox=os.geteuid() != 0,
                headless=not settings.headed,
                env={**os.environ, "HOME": str(home), "TMPDIR": str(work)},
                timeout=LAUNCH_LIMIT_S * 1000,
                accept_downloads=False,
                viewport={"width": device.viewport[0], "height": device.viewport[1]},
                device_scale_factor=device.scale,
                is_mobile=device.mobile,
                has_touch=device.touch,
                user_agent=device.user_agent,
                locale=settings.locale,
                timezone_id=settings.timezone,
            )
        except Error as error:
            raise CaptureError(
                f"The browser {browser.path} does not start: {error.message.splitlines()[0]}",
                hint="Run `pantau doctor`.",
            ) from error
        if login:
            _log_in(context, login)
        context.set_default_timeout(settings.step_timeout_s * 1000)
        proxied = LogReader(work / LOG) if proxy_port is not None else None
        session = Session(context, settings, device, browser, work, args, proxied)
        _watch(session)
        yield session
        _close(session)


def _log_in(context: BrowserContext, login: LoginState) -> None:
    """Give the browser what a person's log-in left, before anything is loaded or recorded.

    Raises:
        ConfigError: the browser does not take it; what it says may hold a value, and is not told.
    """
    try:
        context.set_storage_state(cast("StorageState", login.playwrights()))
    except Error:
        raise ConfigError(
            "The browser does not take the log-in of this run.", hint="Log in once more and write it anew."
        ) from None


def _watch(session: Session) -> None:
    """Note when requests start, for settling, and when the browser goes away by itself."""

    def on_request(_: object) -> None:
        session.last_request = time.monotonic()

    def on_close(_: object) -> None:
        session.gone = True

    session.context.on("request", on_request)
    session.context.on("close", on_close)


def _close(session: Session) -> None:
    """Close the browser, so that it completes its network log; one that is gone already is no error."""
    try:
        session.context.close()
    except Error:
        session.gone = True


def _prepare(profile: Path, *, third_party_cookies: bool) -> None:
    """Write what the browser goes by: nothing is loaded on speculation, which the guard would never see."""
    preferences: dict[str, Any] = {"net": {"network_prediction_options": NEVER_PREDICT}}
    if third_party_cookies:
        preferences["profile"] = {"cookie_controls_mode": 0}
    folder = profile / "Default"
    folder.mkdir(parents=True)
    (folder / "Preferences").write_text(json.dumps(preferences))
