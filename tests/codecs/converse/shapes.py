"""Documents of every shape of AWS's service model, drawn by Hypothesis.

Place in the house: tests only. The model is botocore's own, so what it gains with a new release is
drawn, and missed by the codec, from then on.
"""

import base64
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from hypothesis import strategies as st

NEW = "zzNew"
"""A member that no shape has."""

PASSED_RAW = {"ConverseTrace", "ConverseStreamTrace"}
"""Shapes that the codec passes on unread, as it does with documents."""


def is_raw(wanted: Any) -> bool:
    """Tell whether the codec passes this on unread."""
    return wanted.name in PASSED_RAW or getattr(wanted, "is_document_type", False)


@cache
def service() -> ServiceModel:
    """Return the service model of bedrock-runtime."""
    return botocore.session.get_session().get_service_model("bedrock-runtime")


def operation(name: str) -> OperationModel:
    return service().operation_model(name)


def shape(name: str) -> Shape:
    return service().shape_for(name)


def event_shapes() -> dict[str, Shape]:
    """Return the shapes of the events of ConverseStream, by name."""
    return {
        name: member
        for name, member in _stream_members().items()
        if member.serialization.get("event")
    }


def exception_shapes() -> dict[str, Shape]:
    """Return the shapes of the exceptions of ConverseStream, by name."""
    return {
        name: member
        for name, member in _stream_members().items()
        if not member.serialization.get("event")
    }


def _stream_members() -> dict[str, Shape]:
    return dict(shape("ConverseStreamOutput").members)


def members_of(structure: StructureShape) -> dict[str, Shape]:
    """Return the members that stand in the body."""
    return {
        name: member
        for name, member in structure.members.items()
        if member.serialization.get("location") != "uri"
    }


texts = st.text(st.characters(codec="utf-8"), max_size=6)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
json_objects = st.dictionaries(texts, json_values, max_size=2)


@cache
def documents(wanted: Shape) -> st.SearchStrategy[Any]:
    """Return a strategy for JSON of this shape."""
    drawn: st.SearchStrategy[Any] = _DOCUMENTS[wanted.type_name](wanted)
    return drawn


def _structures(wanted: Any) -> st.SearchStrategy[Any]:
    if is_raw(wanted):
        return json_objects
    members = {name: documents(member) for name, member in members_of(wanted).items()}
    if wanted.is_tagged_union:
        return st.one_of(*(st.fixed_dictionaries({name: m}) for name, m in members.items()))
    required = {name: members.pop(name) for name in wanted.required_members if name in members}
    return st.fixed_dictionaries(required, optional=members)


def _lists(wanted: Any) -> st.SearchStrategy[Any]:
    return st.lists(documents(wanted.member), min_size=_least(wanted), max_size=2)


def _maps(wanted: Any) -> st.SearchStrategy[Any]:
    keys, values = documents(wanted.key), documents(wanted.value)
    return st.dictionaries(keys, values, min_size=_least(wanted), max_size=2)


def _strings(wanted: Any) -> st.SearchStrategy[str]:
    if wanted.enum:
        return st.sampled_from(wanted.enum)
    if wanted.name == "AccountId":
        return st.from_regex(r"[0-9]{12}", fullmatch=True)
    return st.text(st.characters(codec="utf-8"), min_size=_least(wanted), max_size=6)


def _blobs(wanted: Any) -> st.SearchStrategy[str]:
    data = st.binary(min_size=_least(wanted), max_size=6)
    return data.map(lambda each: base64.b64encode(each).decode())


def _integers(wanted: Any) -> st.SearchStrategy[int]:
    return st.integers(_least(wanted), 2**31)


def _floats(_wanted: Any) -> st.SearchStrategy[float]:
    return st.floats(0, 1) | st.sampled_from([0, 1])


def _booleans(_wanted: Any) -> st.SearchStrategy[bool]:
    return st.booleans()


def _least(wanted: Any) -> int:
    return int(wanted.metadata.get("min", 0))


_DOCUMENTS: dict[str, Any] = {
    "structure": _structures,
    "list": _lists,
    "map": _maps,
    "string": _strings,
    "blob": _blobs,
    "integer": _integers,
    "long": _integers,
    "float": _floats,
    "double": _floats,
    "boolean": _booleans,
}


def objects_in(document: Any, wanted: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield every object in `document` that the codec reads, and its shape, outermost first."""
    if wanted.type_name == "structure" and not is_raw(wanted):
        yield document, wanted
        for name, value in document.items():
            yield from objects_in(value, wanted.members[name])
    elif wanted.type_name == "list":
        for value in document:
            yield from objects_in(value, wanted.member)
    elif wanted.type_name == "map":
        for value in document.values():
            yield from objects_in(value, wanted.value)


def holds_union(wanted: Any) -> bool:
    """Tell whether a document of this shape may hold a tagged union that the codec reads."""
    if wanted.type_name == "list":
        return holds_union(wanted.member)
    if wanted.type_name != "structure" or is_raw(wanted):
        return False
    return bool(wanted.is_tagged_union) or any(map(holds_union, wanted.members.values()))


def parameters(document: Any, wanted: Any) -> Any:
    """Return a document as botocore takes and gives it: blobs as bytes."""
    if wanted.type_name == "blob":
        return base64.b64decode(document)
    if wanted.type_name == "list":
        return [parameters(value, wanted.member) for value in document]
    if wanted.type_name == "map":
        return {name: parameters(value, wanted.value) for name, value in document.items()}
    if wanted.type_name == "structure" and not wanted.is_document_type:
        return {name: parameters(value, wanted.members[name]) for name, value in document.items()}
    return document
