"""Reads stored records bare: with the fields of their model, checked as the model checks them, no methods.

Who only copies fields out of thousands of records pays for methods that nobody calls. A bare record is a
struct of `msgspec`, made from the model itself, and read in a quarter of the time. It takes nothing that the
model does not take; what it does not take is put to the model, which has the last word and says why. A model
that checks what no struct can check has no bare form: it reads its part itself.
"""

from __future__ import annotations

import types
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

import annotated_types
import msgspec
from pydantic import AfterValidator, BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo

ModelT = TypeVar("ModelT", bound=BaseModel)

_BOUNDS = {  # of pydantic's fields, and what msgspec calls them
    annotated_types.Ge: "ge",
    annotated_types.Gt: "gt",
    annotated_types.Le: "le",
    annotated_types.Lt: "lt",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}


def read_bare(kind: type[ModelT], data: bytes) -> ModelT:
    """Return a JSON document as a record of a kind, which has its fields and none of its methods.

    Raises:
        ValueError: it holds no such record; `pydantic`'s error, as the model gives it.
        RecursionError: it is nested too deep.
    """
    decoder = _decoder(kind)
    if decoder is None:
        return kind.model_validate_json(data)
    try:
        return cast("ModelT", decoder.decode(data))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return kind.model_validate_json(data)


def has_bare_form(kind: type[BaseModel]) -> bool:
    """Say whether records of a kind are read bare, but for parts of them."""
    return _decoder(kind) is not None


@cache
def _decoder(kind: type[BaseModel]) -> msgspec.json.Decoder[Any] | None:
    form = _form(kind)
    return None if form is kind else msgspec.json.Decoder(form, dec_hook=_whole)


def _whole(kind: type[BaseModel], value: Any) -> BaseModel:
    """Return a part of a record that has no bare form, read by its model."""
    return kind.model_validate_json(msgspec.json.encode(value))


@cache
def _form(kind: type[BaseModel]) -> type[msgspec.Struct | BaseModel]:
    """Return the bare form of a model; the model where it has none."""
    try:
        return _struct(kind)
    except TypeError:
        return kind


def _struct(kind: type[BaseModel]) -> type[msgspec.Struct]:
    """Return the bare form of a model.

    Raises:
        TypeError: the model checks something that a struct cannot.
    """
    checks = kind.__pydantic_decorators__
    if kind.model_config.get("extra") != "forbid" or checks.model_validators or checks.field_validators:
        raise TypeError(f"{kind.__name__} has no bare form")
    fields = [_field(name, field) for name, field in kind.model_fields.items()]
    after = {name: found for name, field in kind.model_fields.items() if (found := _checks(field.metadata))}

    def check(record: object) -> None:
        for name, functions in after.items():
            for function in functions:
                function(getattr(record, name))

    return msgspec.defstruct(
        kind.__name__,
        fields,
        namespace={"__post_init__": check} if after else None,
        forbid_unknown_fields=True,
        kw_only=True,
        frozen=True,
    )


def _field(name: str, field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _with_bounds(_bare(field.annotation), field.metadata)
    if field.is_required():
        return name, kind
    if field.default_factory is not None:
        return name, kind, msgspec.field(default_factory=cast("Callable[[], Any]", field.default_factory))
    return name, kind, field.default


def _bare(annotation: Any) -> Any:
    """Return a type with the bare form of every model in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _form(annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None or origin is Literal:
        return annotation
    if origin is Annotated:
        if _checks(inner[1:]):
            raise TypeError(f"only a field of its own can be checked by a function: {annotation}")
        return _with_bounds(_bare(inner[0]), inner[1:])
    within = tuple(each if each is Ellipsis else _bare(each) for each in inner)
    return Union[within] if origin in (Union, types.UnionType) else origin[within]  # noqa: UP007 - made at run time


def _with_bounds(kind: Any, metadata: Any) -> Any:
    """Return a type with its bounds, as msgspec says them.

    Raises:
        TypeError: there is a bound that msgspec does not know.
    """
    bounds = {}
    for each in metadata:
        if type(each) in _BOUNDS:
            name = _BOUNDS[type(each)]
            bounds[name] = getattr(each, name)
        elif not isinstance(each, AfterValidator):
            raise TypeError(f"no bare form of {each}")
    if not bounds:
        return kind
    if get_origin(kind) in (Union, types.UnionType):  # None has no bounds
        members = (each if each is types.NoneType else _within(each, bounds) for each in get_args(kind))
        return Union[tuple(members)]  # noqa: UP007 - made at run time
    return _within(kind, bounds)


def _within(kind: Any, bounds: dict[str, Any]) -> Any:
    return Annotated[kind, msgspec.Meta(**bounds)]


def _checks(metadata: Any) -> list[Callable[[Any], Any]]:
    return [cast("Callable[[Any], Any]", each.func) for each in metadata if isinstance(each, AfterValidator)]
