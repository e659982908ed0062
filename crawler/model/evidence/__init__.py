"""The nouns of a bundle: run, visit, artifact, request, response, refusal, text, frame, form.

All times are UTC, ISO 8601 with milliseconds and `Z`. Boxes are `(x, y, w, h)` in CSS px of the document of
the visit's page (frames already offset to it), whatever the scroll position was.

One noun a module; all of them are imported from here.
"""

from __future__ import annotations

from crawler.model.box import CssBox
from crawler.model.evidence.files import DownloadRecord, IconRecord
from crawler.model.evidence.forms import FormField, FormRecord, FrameRecord
from crawler.model.evidence.guard import (
    UNKNOWN_CHANGE,
    UNKNOWN_READ,
    UNKNOWN_RULES,
    Allowance,
    Change,
    ChangeCount,
    ChangeKind,
    GuardStatement,
    Refusal,
)
from crawler.model.evidence.pictures import Tile, TileMap, pictures_of
from crawler.model.evidence.proxied import ProxiedConnection
from crawler.model.evidence.record import SCHEMA_VERSION, YEARS, Moment, Record
from crawler.model.evidence.run import EndedBy, Environment, RunRecord, ScenarioFile, Trust
from crawler.model.evidence.servers import NameRecord, TransportRecord
from crawler.model.evidence.storage import StoredItem
from crawler.model.evidence.text import Channel, MediaNode, TextNode, TextRecord, Trait
from crawler.model.evidence.visit import (
    EVERY_COLLECTOR,
    LEFT_OUT,
    Artifact,
    ArtifactKind,
    CollectorFailure,
    PageRecord,
    Reason,
    Visit,
)
from crawler.model.evidence.wire import Address, Body, Initiator, Request, Response

__all__ = [
    "EVERY_COLLECTOR",
    "LEFT_OUT",
    "SCHEMA_VERSION",
    "UNKNOWN_CHANGE",
    "UNKNOWN_READ",
    "UNKNOWN_RULES",
    "YEARS",
    "Address",
    "Allowance",
    "Artifact",
    "ArtifactKind",
    "Body",
    "Change",
    "ChangeCount",
    "ChangeKind",
    "Channel",
    "CollectorFailure",
    "CssBox",
    "DownloadRecord",
    "EndedBy",
    "Environment",
    "FormField",
    "FormRecord",
    "FrameRecord",
    "GuardStatement",
    "IconRecord",
    "Initiator",
    "MediaNode",
    "Moment",
    "NameRecord",
    "PageRecord",
    "ProxiedConnection",
    "Reason",
    "Record",
    "Refusal",
    "Request",
    "Response",
    "RunRecord",
    "ScenarioFile",
    "StoredItem",
    "TextNode",
    "TextRecord",
    "Tile",
    "TileMap",
    "Trait",
    "TransportRecord",
    "Trust",
    "Visit",
    "pictures_of",
]
