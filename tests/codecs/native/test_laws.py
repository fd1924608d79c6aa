"""Whatever a native form can say survives its wire, streamed or not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs import native
from outcrop.codecs.table import dialect
from outcrop.models.native import ROWS
from tests.codecs.native.forms import (
    CHATS,
    DIALECTS,
    FORMS,
    PROMPTS,
    decoded,
    encode_headers,
    encoded,
    folded,
)
from tests.codecs.native.values import (
    MODEL,
    chat_requests,
    prompt_requests,
    responses,
    stream_of,
)

APIS = sorted(FORMS)


def requests_of(api: str) -> st.SearchStrategy[object]:
    prompts = {codec.API for codec in PROMPTS}
    return prompt_requests(api) if api in prompts else chat_requests(api)


def test_every_form_is_tested() -> None:
    """A codec is found by its name alone: the name of its module, and of its API."""
    assert tuple(APIS) == native.FORMS
    assert [dialect(name).API for name in APIS] == APIS
    assert [each.API for each in DIALECTS] == APIS
    assert {codec.API for codec in (*PROMPTS, *CHATS)} == set(APIS)


def test_every_form_belongs_to_a_model() -> None:
    """A form that no model takes would never be spoken, and a model's form must be known."""
    others = {"anthropic", "openai_chat"}

    assert {row.form for row in ROWS} == {*APIS, *others}


@pytest.mark.parametrize("api", APIS)
@given(data=st.data())
def test_decode_request_inverts_encode(api: str, data: st.DataObject) -> None:
    """The emulator is asked exactly what the client asks, whatever the wire makes of it."""
    request = data.draw(requests_of(api))

    body = FORMS[api].encode_request(request, stream=False, invoke=True)

    assert FORMS[api].decode_request(body, MODEL) == request


@pytest.mark.parametrize("api", APIS)
@given(data=st.data())
def test_what_the_wire_can_say_is_supported(api: str, data: st.DataObject) -> None:
    """Nothing is called unsupported that the encoder writes."""
    request = data.draw(requests_of(api))

    assert FORMS[api].unsupported(request) == ()


@pytest.mark.parametrize("api", APIS)
@given(data=st.data())
def test_decode_response_inverts_encode(api: str, data: st.DataObject) -> None:
    """The client is answered exactly what the emulator answers, in body and headers."""
    response = data.draw(responses(api))

    body = FORMS[api].encode_response(response, model=MODEL, response_id="an-id")

    assert FORMS[api].decode_response(body, encode_headers(response)) == response


@pytest.mark.parametrize("api", APIS)
@given(data=st.data(), size=st.integers(1, 5))
def test_decode_stream_inverts_encode(api: str, data: st.DataObject, size: int) -> None:
    """The client streams exactly what the emulator streams."""
    stream = stream_of(data.draw(responses(api)), size)

    assert decoded(FORMS[api], encoded(FORMS[api], stream)) == stream


@pytest.mark.parametrize("api", APIS)
@given(data=st.data(), size=st.integers(1, 5))
def test_folded_stream_equals_the_answer(api: str, data: st.DataObject, size: int) -> None:
    """It makes no difference to the result whether an answer was streamed."""
    response = data.draw(responses(api))
    stream = encoded(FORMS[api], stream_of(response, size))

    # Latency mode and tier stand in the headers of a stream, which are not the codec's.
    unstreamed = msgspec.structs.replace(response, latency=None, service_tier=None)
    assert folded(decoded(FORMS[api], stream)) == unstreamed
