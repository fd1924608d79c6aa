"""The codec knows every member that AWS's service model knows, and loses none that it does not.

A member that a new botocore brings fails here first.
"""

from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs.converse import (
    StreamDecoder,
    StreamEncoder,
    decode_exception,
    decode_request,
    decode_response,
    encode_exception,
    encode_request,
    encode_response,
    wire,
)
from outcrop.protocols.wire_type import Wire
from tests.codecs.converse.comparing import rebuilt, said, unknown
from tests.codecs.converse.shapes import (
    NEW,
    PASSED_RAW,
    documents,
    event_shapes,
    exception_shapes,
    holds_union,
    json_values,
    members_of,
    objects_in,
    shape,
)

EVENTS: dict[str, type[Wire]] = {
    "messageStart": wire.MessageStart,
    "contentBlockStart": wire.ContentBlockStart,
    "contentBlockDelta": wire.ContentBlockDelta,
    "contentBlockStop": wire.ContentBlockStop,
    "messageStop": wire.MessageStop,
    "metadata": wire.Metadata,
}

PLAIN = {
    "string": str,
    "blob": bytes,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": bool,
}

# Members that the wire types name and the service model does not, by shape.
BEYOND = {
    "TokenUsage": {"serverToolUsage", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"},
    "GuardrailConfiguration": {"streamProcessingMode"},
    "GuardrailConverseImageSource": {"s3Location"},
    **{each.name: {"p"} for each in event_shapes().values()},
    **{each.name: {"p"} for each in exception_shapes().values()},
}


def test_every_event_is_known() -> None:
    """An event that AWS adds shall be given a type of its own."""
    assert set(EVENTS) == set(event_shapes())


def walk(wanted: Any, kind: Any, path: str) -> None:
    """Hold a wire type against the shape it stands for, and all below it."""
    if wanted.name in PASSED_RAW or getattr(wanted, "is_document_type", False):
        assert kind is msgspec.Raw, path
    elif wanted.type_name == "structure":
        walk_structure(wanted, kind, path)
    elif wanted.type_name == "list":
        assert get_origin(kind) is tuple, path
        walk(wanted.member, get_args(kind)[0], f"{path}[]")
    elif wanted.type_name == "map":
        assert get_origin(kind) is dict, path
        walk(wanted.value, get_args(kind)[1], f"{path}[...]")
    else:
        assert kind is PLAIN[wanted.type_name], path


def walk_structure(wanted: Any, kind: type[Wire], path: str) -> None:
    fields = {each.encode_name: each for each in msgspec.structs.fields(kind)}
    named = fields.keys() - {fields_name_of_surplus(kind)}
    beyond = named - members_of(wanted).keys()
    required = {name for name in named if fields[name].required}

    assert members_of(wanted).keys() <= named, path
    assert beyond <= BEYOND.get(wanted.name, set()), path
    assert kind.union == bool(wanted.is_tagged_union), path
    assert kind.flat or required <= set(wanted.required_members), path
    for name, member in members_of(wanted).items():
        walk(member, bare(fields[name].type), f"{path}.{name}")


def fields_name_of_surplus(kind: type[Wire]) -> str:
    return next(each.encode_name for each in msgspec.structs.fields(kind) if each.name == "surplus")


def bare(hint: Any) -> Any:
    """Return the type that a field has when it is there."""
    left = [each for each in get_args(hint) if each not in {type(None), msgspec.UnsetType}]
    kind = left[0] if len(left) == 1 and get_origin(hint) is not tuple else hint
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("ConverseRequest", wire.ConverseRequest, id="ConverseRequest"),
        pytest.param("ConverseStreamRequest", wire.ConverseRequest, id="ConverseStreamRequest"),
        pytest.param("ConverseResponse", wire.ConverseResponse, id="ConverseResponse"),
    ],
)
def test_every_member_is_known(name: str, kind: type[Wire]) -> None:
    """Nothing that AWS documents takes the slow way or ends as a foreign block."""
    walk(shape(name), kind, name)


@pytest.mark.parametrize("name", EVENTS)
def test_every_member_of_an_event_is_known(name: str) -> None:
    walk(event_shapes()[name], EVENTS[name], name)


@pytest.mark.parametrize("name", exception_shapes())
def test_every_member_of_an_exception_is_known(name: str) -> None:
    for member in exception_shapes()[name].members:
        fields = {each.encode_name for each in msgspec.structs.fields(wire.StreamException)}
        assert member in fields


def through_request(document: Any) -> tuple[Any, Any]:
    request = decode_request(msgspec.json.encode(document), "a-model")
    return request, msgspec.json.decode(encode_request(rebuilt(request)))


def through_response(document: Any) -> tuple[Any, Any]:
    response = decode_response(msgspec.json.encode(document))
    return response, msgspec.json.decode(encode_response(rebuilt(response)))


def through_event(name: str) -> Callable[[Any], tuple[Any, Any]]:
    def through(document: Any) -> tuple[Any, Any]:
        event = StreamDecoder().decode(name, msgspec.json.encode(document))
        written = StreamEncoder().encode(rebuilt(event))
        assert written is not None
        assert written[0] == name
        return event, msgspec.json.decode(written[1])

    return through


class Road(msgspec.Struct, frozen=True):
    """One kind of document, and its way through the codec and back."""

    name: str
    shape: Any
    documents: Any
    through: Any

    def __str__(self) -> str:
        return self.name


def calls() -> list[Road]:
    return [
        Road(name, shape(name), documents(shape(name)), through)
        for name, through in (
            ("ConverseRequest", through_request),
            ("ConverseStreamRequest", through_request),
            ("ConverseResponse", through_response),
        )
    ]


def events() -> list[Road]:
    return [
        Road(name, each, documents(each), through_event(name))
        for name, each in event_shapes().items()
    ]


def blocks() -> list[Road]:
    return [
        Road(f"a {name} block", shape("ConverseRequest"), around(name), through_request)
        for name in shape("ContentBlock").members
    ]


def around(name: str) -> st.SearchStrategy[Any]:
    block = st.fixed_dictionaries({name: documents(shape("ContentBlock").members[name])})
    return block.map(lambda each: {"messages": [{"role": "user", "content": [each]}]})


ROADS = [*calls(), *events(), *blocks()]
ROADS_WITH_UNIONS = [road for road in ROADS if holds_union(road.shape)]
new_values = json_values.filter(lambda value: value is not None)


@pytest.mark.parametrize("road", ROADS, ids=str)
@given(data=st.data())
@settings(max_examples=25)
def test_nothing_is_lost(road: Road, data: st.DataObject) -> None:
    """Whatever AWS's model allows comes back, and none of it is foreign to us."""
    document = data.draw(road.documents)

    value, written = road.through(document)

    assert said(written) == said(document)
    assert not unknown(value)["Foreign"]


@pytest.mark.parametrize("road", ROADS, ids=str)
@given(data=st.data())
@settings(max_examples=25)
def test_what_is_new_is_kept(road: Road, data: st.DataObject) -> None:
    """A member that AWS adds tomorrow, at any level, passes through unchanged."""
    document = data.draw(road.documents)
    objects = [each for each, _ in objects_in(document, road.shape)]
    data.draw(st.sampled_from(objects))[NEW] = data.draw(new_values)

    _, written = road.through(document)

    assert said(written) == said(document)


@pytest.mark.parametrize("road", ROADS_WITH_UNIONS, ids=str)
@given(data=st.data())
@settings(max_examples=25)
def test_what_replaces_a_member_is_kept(road: Road, data: st.DataObject) -> None:
    """A block, source, location, choice or delta of a new kind passes through unchanged."""
    document = data.draw(road.documents)
    objects = objects_in(document, road.shape)
    unions = [each for each, wanted in objects if wanted.is_tagged_union]
    for replaced in data.draw(st.sampled_from([unions[:number] for number in range(3)])):
        replaced.clear()
        replaced[NEW] = data.draw(new_values)

    _, written = road.through(document)

    assert said(written) == said(document)


@pytest.mark.parametrize("name", exception_shapes())
@given(data=st.data())
@settings(max_examples=20)
def test_exceptions_come_back(name: str, data: st.DataObject) -> None:
    """An error in the middle of a stream keeps its name and every word."""
    document = data.draw(documents(exception_shapes()[name])) | {NEW: 1}

    fault = decode_exception(name, msgspec.json.encode(document))
    written = encode_exception(rebuilt(fault))

    assert written[0] == name
    assert said(msgspec.json.decode(written[1])) == said(document)
