"""A bare record says what the model says, and takes nothing that the model refuses."""

import json
from datetime import date

import pytest
from pydantic import AfterValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawler.model import bare
from crawler.model.evidence import Refusal, Request, Response, TextRecord
from crawler.model.evidence.record import Record
from crawler.model.finding import Judgement

REQUEST = {
    "id": "r1",
    "time": "2024-03-12T02:00:00.000Z",
    "visit": 1,
    "page": 1,
    "frame": "https://www.tokopedia.com/",
    "initiator": {"type": "script"},
    "method": "GET",
    "url": "https://www.tokopedia.com/cart?a=b",
    "type": "fetch",
    "headers": {"accept": "*/*"},
    "body": {"state": "none"},
    "seen_by": ["context"],
    "state": "sent",
}


@pytest.mark.parametrize("kind", [TextRecord, Request, Response, Refusal, Judgement])
def test_every_kind_that_the_index_reads_has_a_bare_form(kind):
    assert bare.has_bare_form(kind)
    assert bare._struct(kind).__struct_fields__ == tuple(kind.model_fields)


def test_a_bare_record_has_the_values_of_the_record():
    data = json.dumps(REQUEST).encode()
    whole, found = Request.model_validate_json(data), bare.read_bare(Request, data)
    assert not isinstance(found, Request)
    assert found.body.state == whole.body.state
    flat = [name for name in Request.model_fields if name not in ("body", "initiator")]
    assert [getattr(found, name) for name in flat] == [getattr(whole, name) for name in flat]


@pytest.mark.parametrize(
    "change",
    [
        {"time": "yesterday"},
        {"time": "1066-10-14T00:00:00.000Z"},
        {"visit": "first"},
        {"state": "lost"},
        {"seen_by": [1]},
        {"stranger": 1},
        {"body": {"state": "none", "bytes": -1}},
        {"body": {"state": "none", "bytes": 2**60}},
        {"headers": {"a": None}},
    ],
)
def test_what_the_model_refuses_is_refused_with_its_words(change):
    data = json.dumps(REQUEST | change).encode()
    with pytest.raises(ValidationError) as said:
        Request.model_validate_json(data)
    with pytest.raises(ValidationError) as again:
        bare.read_bare(Request, data)
    assert str(again.value) == str(said.value)


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[" * 100_000, b'{"id": "\xff"}', b'{"id": "\\ud800"}', b"\x00"]
)
def test_what_is_no_json_is_an_error_of_the_model(broken):
    with pytest.raises((ValueError, RecursionError)):
        bare.read_bare(Request, broken)


@pytest.mark.parametrize("change", [{"visit": "1"}, {"from_worker": "true"}, {"visit": 1.0}])
def test_what_the_model_takes_in_another_form_is_taken(change):
    data = json.dumps(REQUEST | change).encode()
    whole, found = Request.model_validate_json(data), bare.read_bare(Request, data)
    assert [found.visit, found.from_worker] == [whole.visit, whole.from_worker]


def test_a_model_with_checks_that_no_struct_can_make_has_no_bare_form():
    class Checked(Record):
        name: str

        @field_validator("name")
        @classmethod
        def is_said(cls, value):
            return value

    class Open(Record):
        model_config = ConfigDict(extra="allow")

    class Nested(Record):
        names: tuple[bare.Annotated[str, AfterValidator(str)], ...]

    class Bounded(Record):
        share: float = Field(allow_inf_nan=False)

    for kind in (Checked, Open, Nested, Bounded):
        assert not bare.has_bare_form(kind)
        with pytest.raises(ValidationError):
            bare.read_bare(kind, b'{"name": 1, "names": 1, "share": "much"}' if kind is not Open else b"[]")


class Span(Record):
    """Checks itself, as an exception with its days does."""

    since: date
    until: date

    @model_validator(mode="after")
    def _is_in_order(self):
        if self.until < self.since:
            raise ValueError("ends before it begins")
        return self


class Holding(Record):
    """Holds what checks itself."""

    spans: tuple[Span, ...]


def test_a_part_that_checks_itself_is_read_whole():
    good, bad = '{"since":"2026-01-01","until":"2026-01-02"}', '{"since":"2026-01-02","until":"2026-01-01"}'
    found = bare.read_bare(Holding, f'{{"spans":[{good}]}}'.encode())
    assert found.spans == (Span(since=date(2026, 1, 1), until=date(2026, 1, 2)),)
    with pytest.raises(ValidationError, match="ends before it begins"):
        bare.read_bare(Holding, f'{{"spans":[{good},{bad}]}}'.encode())
