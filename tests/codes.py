"""QRIS codes for tests: as text, and drawn."""

from __future__ import annotations

import base64
import binascii

import cv2

QUIET = 4  # modules around a code


def tlv(tag: str, value: str) -> str:
    """Return a tag with its length and value."""
    return f"{tag}{len(value):02d}{value}"


def a_code(identifier: str, *, name: str = "TOKO UJI") -> str:
    """Return the text of a code whose account lies at an institution, by its reverse domain."""
    account = tlv("26", tlv("00", identifier) + tlv("01", "936009990000000001"))
    national = tlv("51", tlv("00", "ID.CO.QRIS.WWW") + tlv("02", "ID1020000000000"))
    head = "000201010212" + account + national + "52045411" + "5303360" + "540510000" + "5802ID"
    body = head + tlv("59", name) + tlv("60", "JAKARTA") + "6304"
    return f"{body}{binascii.crc_hqx(body.encode(), 0xFFFF):04X}"


def modules(text: str) -> list[list[bool]]:
    """Return the dark modules of a code, its quiet zone around them."""
    drawn = cv2.QRCodeEncoder.create().encode(text)
    framed = cv2.copyMakeBorder(drawn, QUIET, QUIET, QUIET, QUIET, cv2.BORDER_CONSTANT, value=255)
    return [[value == 0 for value in row] for row in framed]


def drawn(text: str, module_px: int = 5) -> bytes:
    """Return a code as PNG."""
    picture = cv2.QRCodeEncoder.create().encode(text)
    picture = cv2.copyMakeBorder(picture, QUIET, QUIET, QUIET, QUIET, cv2.BORDER_CONSTANT, value=255)
    large = cv2.resize(picture, None, fx=module_px, fy=module_px, interpolation=cv2.INTER_NEAREST)
    return cv2.imencode(".png", large)[1].tobytes()


def uri(png: bytes) -> str:
    """Return a picture as an address of its own."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
