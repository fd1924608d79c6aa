"""Whatever the canonical model can say in Converse's words survives the wire."""

import msgspec
from hypothesis import given

from outcrop.codecs.converse import (
    StreamDecoder,
    StreamEncoder,
    decode_exception,
    decode_request,
    decode_response,
    encode_exception,
    encode_request,
    encode_response,
    unsupported,
)
from outcrop.types.events import Event, StreamFault
from outcrop.types.requests import Request
from outcrop.types.responses import Response
from tests.codecs.converse import values


@given(values.requests)
def test_decode_request_inverts_encode(request: Request) -> None:
    """The emulator is asked exactly what the client asks."""
    body = encode_request(request)

    assert decode_request(body, "a-model") == request


@given(values.requests)
def test_what_the_wire_can_say_is_supported(request: Request) -> None:
    """Nothing is called unsupported that the encoder writes."""
    assert unsupported(request) == ()


@given(values.responses)
def test_decode_response_inverts_encode(response: Response) -> None:
    """The client is answered exactly what the emulator answers."""
    body = encode_response(response)

    assert decode_response(body) == response


@given(values.wire_events)
def test_decode_event_inverts_encode(event: Event) -> None:
    """The client streams exactly what the emulator streams."""
    written = StreamEncoder().encode(event)

    assert written is not None
    assert StreamDecoder().decode(*written) == event


@given(values.wire_events)
def test_padding_says_nothing(event: Event) -> None:
    """AWS pads every event by a random length, so that its size tells nothing."""
    name, payload = StreamEncoder().encode(event) or ("", b"")
    padded = msgspec.json.encode(msgspec.json.decode(payload) | {"p": "abcdefgh"})

    assert StreamDecoder().decode(name, padded) == StreamDecoder().decode(name, payload)


@given(values.faults)
def test_decode_exception_inverts_encode(fault: StreamFault) -> None:
    assert decode_exception(*encode_exception(fault)) == fault
