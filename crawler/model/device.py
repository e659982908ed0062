"""The devices a journey can be walked on."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["DEVICES", "Device"]

# The reduced form that Chrome on Android sends: the same words on every phone but for the major version.
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Mobile Safari/537.36"
)


class Device(BaseModel):
    """A screen and what it is touched with.

    `viewport` is in CSS px, `scale` in device px per CSS px; `user_agent` None
    keeps the browser's own words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    viewport: tuple[int, int]
    scale: float
    mobile: bool
    touch: bool
    user_agent: str | None = None

    def metrics(self, viewport: tuple[int, int] | None = None) -> dict[str, Any]:
        """Return the parameters of CDP's `Emulation.setDeviceMetricsOverride`, as Playwright sets them.

        A second CDP session that takes a picture must repeat them with identical values: without them the
        picture has scale 1, with others the page sees its screen change.

        Args:
            viewport: Width and height in CSS px of a page that differs from the device, such as a popup.
        """
        width, height = viewport or self.viewport
        landscape = not self.mobile or width > height
        return {
            "mobile": self.mobile,
            "width": width,
            "height": height,
            "screenWidth": width,
            "screenHeight": height,
            "deviceScaleFactor": self.scale,
            "screenOrientation": {
                "angle": 90 if self.mobile and landscape else 0,
                "type": "landscapePrimary" if landscape else "portraitPrimary",
            },
        }


DEVICES = {
    "desktop": Device(id="desktop", viewport=(1366, 768), scale=1, mobile=False, touch=False),
    "mobile": Device(
        id="mobile", viewport=(412, 915), scale=3, mobile=True, touch=True, user_agent=PHONE_AGENT
    ),
}
