"""Whatever the canonical model can say in Claude's own words survives the wire."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.anthropic import (
    StreamDecoder,
    StreamEncoder,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
    unsupported,
)
from outcrop.types.accumulate import Accumulator
from outcrop.types.events import Event
from outcrop.types.requests import Request
from outcrop.types.responses import Response
from tests.codecs.anthropic import values

forms = st.booleans().flatmap(
    lambda invoke: st.tuples(values.requests(invoke=invoke), st.just(invoke))
)


@given(forms, st.booleans())
def test_decode_request_inverts_encode(form: tuple[Request, bool], stream: bool) -> None:  # noqa: FBT001
    """Gateway and emulator are asked exactly what the client asks."""
    request, invoke = form
    body = encode_request(request, stream=stream, invoke=invoke)

    asked = decode_request(body, "a-model")

    assert asked.stream is (stream and not invoke)
    assert asked.request == request


@given(forms)
def test_what_the_wire_can_say_is_supported(form: tuple[Request, bool]) -> None:
    """Nothing is called unsupported that the encoder writes."""
    request, _ = form

    # The tier has a place in the body over HTTP only, and nobody says here which way it goes.
    assert unsupported(msgspec.structs.replace(request, service_tier=None)) == ()


@given(values.responses)
def test_decode_response_inverts_encode(response: Response) -> None:
    """The client is answered exactly what gateway and emulator answer."""
    body = encode_response(response, model="m", response_id="i")

    assert decode_response(body) == response


@given(values.streams())
def test_decode_events_inverts_encode(events: list[Event]) -> None:
    """The client streams exactly what gateway and emulator stream."""
    assert read(written(events)) == events


@given(values.streams())
def test_a_stream_says_what_the_whole_answer_says(events: list[Event]) -> None:
    """Read from the wire, it folds to what was folded before it was written."""
    assert folded(read(written(events))) == folded(events)


def written(events: list[Event]) -> list[tuple[str, bytes]]:
    encoder = StreamEncoder(model="m", response_id="i")
    pairs = [pair for event in events for pair in encoder.encode(event)]
    return [*pairs, *encoder.close()]


def read(pairs: list[tuple[str, bytes]]) -> list[Event]:
    decoder = StreamDecoder()
    events = [event for name, payload in pairs for event in decoder.decode(name, payload)]
    return [*events, *decoder.close()]


def folded(events: list[Event]) -> Response:
    fold = Accumulator()
    for event in events:
        fold.add(event)
    return fold.response()


@pytest.mark.parametrize("data", [b"not base64", bytes(range(256)), b""])
def test_sealed_reasoning_is_the_text_of_its_bytes(data: bytes) -> None:
    """Converse carries the same text in base64, as recordings of it show (ANTH-03)."""
    text = data.decode("latin-1")
    body = msgspec.json.encode(
        {
            "messages": [
                {"role": "assistant", "content": [{"type": "redacted_thinking", "data": text}]}
            ]
        }
    )

    (message,) = decode_request(body).request.messages

    assert message.content[0].data == text.encode()  # type: ignore[union-attr]
