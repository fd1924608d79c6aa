"""Whatever is wrong with a document, the answer is an error of ours: never a crash."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs import openai_chat, openai_responses
from outcrop.errors import OutcropError
from tests.recordings import Interaction, cases

DAMAGES: list[Any] = [None, 7, "x", [], {}, [1], {"a": 1}, True, -1, 1.5, [None], ["x"], [{}]]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in inner:
        yield (*path, name)
        if isinstance(each, dict | list):
            yield from places(each, (*path, name))


def damaged(document: Any, data: st.DataObject) -> bytes:
    """Return a document with one of its values replaced."""
    copy = msgspec.json.decode(msgspec.json.encode(document))
    *above, last = data.draw(st.sampled_from(list(places(copy))))
    around = copy
    for name in above:
        around = around[name]
    around[last] = data.draw(st.sampled_from(DAMAGES))
    return msgspec.json.encode(copy)


def read_responses(body: bytes) -> None:
    asked = openai_responses.decode_request(body, native=True)
    openai_responses.encode_request(asked.request, stream=True, invoke=False)


def read_chat(body: bytes) -> None:
    asked = openai_chat.decode_request(body)
    openai_chat.encode_request(asked.request, stream=True, invoke=False)


def answer_responses(body: bytes) -> None:
    response = openai_responses.decode_response(body)
    openai_responses.encode_response(response, model="m", response_id="resp_1")


def answer_chat(body: bytes) -> None:
    response = openai_chat.decode_response(body)
    openai_chat.encode_completion(response, model="m", response_id="c")


_READERS: dict[str, tuple[Callable[[bytes], None], Callable[[bytes], None]]] = {
    "OpenAIResponses": (read_responses, answer_responses),
    "OpenAIChatCompletions": (read_chat, answer_chat),
}
RECORDED = cases("other", where=lambda each: each.operation in _READERS)


@pytest.mark.parametrize("recorded", RECORDED)
@given(st.data())
def test_request(recorded: Interaction, data: st.DataObject) -> None:
    """A client's mistake is told to the client."""
    read, _ = _READERS[recorded.operation]

    with suppress(OutcropError):
        read(damaged(recorded.request_body, data))


@pytest.mark.parametrize("recorded", RECORDED)
@given(st.data())
def test_response(recorded: Interaction, data: st.DataObject) -> None:
    """A service's mistake is told as one; a stream's events are documents too."""
    _, read = _READERS[recorded.operation]
    if recorded.response_body is not None:
        with suppress(OutcropError):
            read(damaged(recorded.response_body, data))
        return
    lines = recorded.response.data.split(b"\n")
    payloads = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
    broken = data.draw(st.integers(0, len(payloads) - 1))
    payloads[broken] = damaged(msgspec.json.decode(payloads[broken]), data)
    decoder = openai_responses.StreamDecoder()
    encoder = openai_responses.StreamEncoder(model="m", response_id="resp_1")

    with suppress(OutcropError):
        for payload in payloads:
            for event in decoder.decode("", payload):
                encoder.encode(event)
        encoder.end()
