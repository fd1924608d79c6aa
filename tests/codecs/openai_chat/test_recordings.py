"""What Bedrock really answered, as OpenAI's SDK reads it from us."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.codecs import converse
from outcrop.codecs.openai_chat import encode_response
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import CitedText
from outcrop.types.events import MessageEnded
from outcrop.types.responses import Response
from tests.codecs import recorded_answers as answers
from tests.codecs.converse.test_recordings import events_of, is_answered
from tests.codecs.openai_chat.asking import ask
from tests.codecs.openai_chat.sdk import fold, read_whole
from tests.codecs.openai_chat.test_history import normal
from tests.codecs.openai_chat.test_stream import encode, said
from tests.recordings import Interaction, cases


def whole(response: Response) -> bytes:
    return encode_response([response], response_id="chatcmpl-r1", created=1700000000, model="m")


@pytest.mark.parametrize("recorded", cases("converse", where=is_answered))
def test_answer(recorded: Interaction) -> None:
    """The SDK accepts every member; sent back, the message is what the model said."""
    response = converse.decode_response(recorded.response.data)

    read = read_whole(whole(response))

    message: dict[str, Any] = json.loads(whole(response))["choices"][0]["message"]
    sent_back = ask({"role": "user", "content": "a"}, message).request.messages[1]
    assert normal(sent_back.content) == normal(response.content)
    assert read["outcrop"]["stop_reason"] == recorded.response_body["stopReason"]


@pytest.mark.parametrize("recorded", cases("converse_stream", where=is_answered))
def test_stream(recorded: Interaction) -> None:
    """Chunk by chunk the SDK gathers what the same answer would be unstreamed (STREAM-08)."""
    decoder, folded = converse.StreamDecoder(), Accumulator()
    events = [decoder.decode(name, payload) for name, payload in events_of(recorded)]
    for event in events:
        folded.add(event)
    if not folded.ended:
        assert not any(isinstance(event, MessageEnded) for event in events)
        return
    expected = read_whole(whole(folded.response()))

    streamed = fold(encode(events, include_usage=True))

    assert said(streamed["choices"][0]["message"]) == said(expected["choices"][0]["message"])
    assert streamed["choices"][0]["finish_reason"] == expected["choices"][0]["finish_reason"]
    assert streamed.get("usage") == expected.get("usage")


@pytest.mark.parametrize("recorded", cases("converse", "converse_stream", where=is_answered))
def test_nothing_is_foreign(recorded: Interaction) -> None:
    """What Bedrock answers today has a place in our answers: nothing is left out."""
    decoder, folded = converse.StreamDecoder(), Accumulator()
    if recorded.api == "converse":
        response = converse.decode_response(recorded.response.data)
    else:
        for name, payload in events_of(recorded):
            folded.add(decoder.decode(name, payload))
        partial = folded.partial()
        assert partial is not None
        response = partial

    told = msgspec.json.decode(whole(response))["outcrop"]

    assert told["adjustments"] == []


@pytest.mark.parametrize("recorded", cases(where=answers.is_answered))
def test_there_and_back(recorded: Interaction) -> None:
    """Whatever API it came by: text, calls, reasoning, signatures, citations and usage are kept."""
    response = answers.answer_of(recorded)

    read = read_whole(whole(response))

    message: dict[str, Any] = json.loads(whole(response))["choices"][0]["message"]
    sent_back = ask({"role": "user", "content": "a"}, message).request.messages[1]
    assert normal(sent_back.content) == normal(without_item_members(response).content)
    assert told_citations(read) == citations_of(response)
    assert told_usage(read) == counts_of(response)


ITEM_MEMBERS = {"id", "status", "content", "summary"}
"""What items of the Responses API say beside words, calls and thoughts: Chat has no items."""


def without_item_members(response: Response) -> Response:
    blocks: list[Any] = list(response.content)
    content = tuple(
        msgspec.structs.replace(block, extra=None) if is_item(block) else block for block in blocks
    )
    return msgspec.structs.replace(response, content=content)


def is_item(block: Any) -> bool:
    extra = getattr(block, "extra", None)
    if extra is None or extra.api != "openai_responses":
        return False
    return bool(extra.members.keys() <= ITEM_MEMBERS)


def told_citations(read: dict[str, Any]) -> int:
    web = read["choices"][0]["message"].get("annotations", ())
    return len(web) + len(read["choices"][0]["message"].get("outcrop", {}).get("citations", ()))


def citations_of(response: Response) -> int:
    cited = (block for block in response.content if isinstance(block, CitedText))
    return sum(len(block.citations or ()) for block in cited)


def told_usage(read: dict[str, Any]) -> tuple[int, ...] | None:
    usage = read.get("usage")
    if usage is None:
        return None
    cached = usage["prompt_tokens_details"]
    return (
        usage["prompt_tokens"],
        usage["completion_tokens"],
        cached["cached_tokens"],
        cached["cache_write_tokens"],
        usage.get("completion_tokens_details", {}).get("reasoning_tokens", 0),
    )


def counts_of(response: Response) -> tuple[int, ...] | None:
    usage = response.usage
    if usage is None:
        return None
    return (
        usage.full_input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens or 0,
        usage.cache_write_tokens or 0,
        usage.reasoning_tokens or 0,
    )
