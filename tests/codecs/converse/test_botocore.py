"""AWS's own SDK as the second opinion: we read what it writes, and it reads what we write."""

from typing import Any

import msgspec
import pytest
from botocore.parsers import EventStreamJSONParser, ResponseParserFactory
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs.converse import (
    StreamDecoder,
    StreamEncoder,
    decode_request,
    decode_response,
    encode_exception,
    encode_request,
    encode_response,
)
from outcrop.types.events import StreamFault
from outcrop.types.responses import Response
from tests.codecs.converse import values
from tests.codecs.converse.comparing import said
from tests.codecs.converse.shapes import (
    documents,
    event_shapes,
    operation,
    parameters,
    shape,
)

HEAD = {"content-type": "application/json"}


@pytest.mark.parametrize("name", ["Converse", "ConverseStream"])
@given(data=st.data())
@settings(max_examples=40)
def test_we_read_what_it_asks(name: str, data: st.DataObject) -> None:
    """Whatever boto3 sends, the emulator understands, and would send on unchanged."""
    wanted = operation(name)
    asked = data.draw(documents(wanted.input_shape)) | {"modelId": "a-model"}
    arguments = {"modelId": "a-model"} | {
        member: parameters(value, wanted.input_shape.members[member])
        for member, value in asked.items()
    }
    body = create_serializer("rest-json").serialize_to_request(arguments, wanted)["body"]

    request = decode_request(body or b"{}", "a-model")

    assert said(msgspec.json.decode(encode_request(request))) == said(
        {member: value for member, value in asked.items() if member != "modelId"}
    )


@given(documents(shape("ConverseResponse")))
@settings(max_examples=40)
def test_it_reads_what_we_answer(answer: Any) -> None:
    """boto3 sees no difference between an answer and the one we made of it."""
    body = encode_response(decode_response(msgspec.json.encode(answer)))

    assert parsed(body) == parsed(msgspec.json.encode(answer))


@given(values.responses.filter(lambda response: not response.extra))
@settings(max_examples=40)
def test_it_reads_what_engines_answer(response: Response) -> None:
    """boto3 finds the text of an answer that never came from AWS."""
    known = msgspec.structs.replace(
        response, content=tuple(block for block in response.content if hasattr(block, "text"))
    )

    found = parsed(encode_response(known))

    assert found["output"]["message"]["role"] == response.role
    assert found["stopReason"] == response.stop.raw


def parsed(body: bytes) -> Any:
    parser = ResponseParserFactory().create_parser("rest-json")
    wanted = operation("Converse").output_shape
    found = parser.parse({"body": body, "headers": HEAD, "status_code": 200}, wanted)
    assert "Error" not in found
    return found


@pytest.mark.parametrize("name", event_shapes())
@given(data=st.data())
@settings(max_examples=40)
def test_it_reads_what_we_stream(name: str, data: st.DataObject) -> None:
    """boto3 sees no difference between an event and the one we made of it."""
    payload = msgspec.json.encode(data.draw(documents(event_shapes()[name])))

    written = StreamEncoder().encode(StreamDecoder().decode(name, payload))

    assert written is not None
    assert parsed_event(*written) == parsed_event(name, payload)


def parsed_event(name: str, payload: bytes) -> Any:
    headers = {":message-type": "event", ":event-type": name, **HEAD}
    frame = {"body": payload, "headers": headers, "status_code": 200}
    return EventStreamJSONParser().parse(frame, shape("ConverseStreamOutput"))


def test_it_reads_how_a_stream_breaks() -> None:
    """boto3 raises the error under the name that its caller catches."""
    name, payload = encode_exception(StreamFault(code="ThrottlingException", message="Slow down"))
    headers = {":message-type": "exception", ":exception-type": name, **HEAD}
    frame = {"body": payload, "headers": headers, "status_code": 400}

    found = EventStreamJSONParser().parse(frame, shape("ConverseStreamOutput"))

    assert found["Error"] == {"Code": "throttlingException", "Message": "Slow down"}
