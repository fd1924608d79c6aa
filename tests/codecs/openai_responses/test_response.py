"""Whole answers of the Responses API, judged by OpenAI's own types and by our other half."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from openai.types.responses import Response as SdkResponse

from outcrop.codecs.openai_responses import API, decode_request, decode_response, encode_response
from outcrop.errors import ModelError, WireError
from outcrop.types.content import (
    SERVER_TOOL_USE,
    Citation,
    CitedText,
    Foreign,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
    WebLocation,
)
from outcrop.types.json import Extra
from outcrop.types.requests import Request, Sampling
from outcrop.types.responses import Call, Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.openai_responses.test_request import is_responses, present
from tests.codecs.openai_responses.values import responses
from tests.recordings import Interaction, cases

DONE = Stop(kind="stop", raw="completed")


def read(*output: dict[str, Any], **members: Any) -> Response:
    return decode_response(
        msgspec.json.encode({"status": "completed", "output": output, **members})
    )


def message(*parts: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": parts, **members}


def text(words: str, **members: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": words, **members}


def written(*content: Any, **members: Any) -> dict[str, Any]:
    response = Response(content=content, **{"stop": DONE, **members})
    body = encode_response(response, model="m", response_id="resp_1", created=7)
    found: dict[str, Any] = msgspec.json.decode(body)
    return found


class TestDecode:
    def test_items(self) -> None:
        """Items in their order are the blocks of one answer."""
        response = read(
            {
                "type": "reasoning",
                "id": "rs",
                "summary": [{"type": "summary_text", "text": "hm"}],
                "encrypted_content": "rsn_x",
            },
            message(text("a", annotations=[], logprobs=[]), id="msg", status="completed"),
            {
                "type": "function_call",
                "id": "fc",
                "call_id": "t",
                "name": "f",
                "arguments": "{}",
                "status": "completed",
            },
        )

        ids = [Extra(API, {"id": msgspec.Raw(b'"%b"' % name)}) for name in (b"rs", b"fc")]
        named = Extra(API, {"item.id": msgspec.Raw(b'"msg"')})
        assert response.content == (
            Reasoning(text="hm", signature="rsn_x", extra=ids[0]),
            Text(text="a", extra=named),
            ToolUse(id="t", name="f", arguments=msgspec.Raw(b"{}"), extra=ids[1]),
        )
        assert response.stop == Stop(kind="tool_calls", raw="completed")

    def test_reasoning_text(self) -> None:
        """gpt-oss on Mantle tells its thoughts whole, where others tell a summary."""
        thought = {"type": "reasoning_text", "text": "hm"}

        response = read({"type": "reasoning", "summary": [], "content": [thought]})

        [block] = response.reasoning
        assert isinstance(block, Reasoning)
        assert block.text == "hm"

    def test_thought_without_words(self) -> None:
        """A thought whose words are null is a thought that nobody told."""
        thought = {"type": "reasoning_text", "text": None}

        [block] = read({"type": "reasoning", "summary": [], "content": [thought]}).reasoning

        assert isinstance(block, Reasoning)
        assert block.text == ""

    def test_unknown_item(self) -> None:
        """An item of a kind that is new is kept whole."""
        response = read({"type": "zz_call", "x": [1]})

        raw = msgspec.Raw(b'{"type":"zz_call","x":[1]}')
        assert response.content == (Foreign(api=API, raw=raw),)

    def test_citations(self) -> None:
        """Web pages that the text draws on become its sources."""
        page = {
            "type": "url_citation",
            "url": "https://a.test",
            "title": "A",
            "start_index": 1,
            "end_index": 2,
        }

        response = read(message(text("abc", annotations=[page])))

        [source] = response.citations
        assert (source.title, source.location) == ("A", WebLocation(url="https://a.test"))
        again = written(*response.content)
        assert again["output"][0]["content"][0]["annotations"] == [page]

    @pytest.mark.parametrize(
        ("members", "stop"),
        [
            pytest.param({}, DONE, id="completed"),
            pytest.param(
                {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
                Stop(kind="length", raw="max_output_tokens"),
                id="length",
            ),
            pytest.param(
                {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
                Stop(kind="content_filter", raw="content_filter"),
                id="filter",
            ),
            pytest.param(
                {"status": "incomplete", "incomplete_details": {"reason": "zz"}},
                Stop(kind="other", raw="zz"),
                id="new-reason",
            ),
            pytest.param(
                {"status": "cancelled"}, Stop(kind="other", raw="cancelled"), id="cancelled"
            ),
        ],
    )
    def test_stop(self, members: dict[str, Any], stop: Stop) -> None:
        """Status and reason have their place in the stop table; new ones keep their word."""
        assert read(message(text("a")), **members).stop == stop

    def test_refusal(self) -> None:
        """A refusal is said like any text, and goes back into a part of its own."""
        response = read(message({"type": "refusal", "refusal": "No."}))

        assert (response.text, response.stop.kind) == ("No.", "content_filter")
        again = written(*response.content, stop=response.stop)
        assert again["status"] == "completed"
        assert again["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]

    def test_usage(self) -> None:
        """Cached input is inside ``input_tokens``, and is not input to us (USAGE-03)."""
        usage = {
            "input_tokens": 158,
            "input_tokens_details": {"cache_write_tokens": 43, "cached_tokens": 15},
            "output_tokens": 32,
            "output_tokens_details": {"reasoning_tokens": 10},
            "total_tokens": 190,
        }

        response = read(usage=usage)

        assert response.usage == Usage(
            input_tokens=100,
            cache_read_tokens=15,
            cache_write_tokens=43,
            output_tokens=32,
            reasoning_tokens=10,
            total_tokens=190,
        )
        assert written(usage=response.usage)["usage"] == usage

    def test_failed(self) -> None:
        """An answer that reports a failure never looks like one that is empty."""
        with pytest.raises(ModelError, match="the model failed: oops"):
            read(status="failed", error={"code": "server_error", "message": "oops"})

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            pytest.param(b"<html>", "malformed", id="no-json"),
            pytest.param(b'{"output":[7]}', r"output\[0\]", id="no-item"),
            pytest.param(b'{"output":[{"type":"message","content":7}]}', "content", id="no-parts"),
            pytest.param(b'{"output":[{"type":"function_call"}]}', "call_id", id="no-call"),
        ],
    )
    def test_malformed(self, body: bytes, words: str) -> None:
        """What cannot be an answer is named by its place."""
        with pytest.raises(WireError, match=words):
            decode_response(body)


class TestEncode:
    def test_envelope(self) -> None:
        """An answer repeats what was asked (RESP-05)."""
        asked = Request(model="m", system=(Text(text="Be brief"),), sampling=Sampling(top_p=0.5))
        response = Response(content=(Text(text="a"),), stop=DONE, usage=Usage())

        body = encode_response(response, model="m", response_id="resp_1", created=7, asked=asked)

        found = SdkResponse.model_validate_json(body, strict=True)
        assert (found.id, found.created_at, found.model) == ("resp_1", 7, "m")
        assert (found.instructions, found.top_p, found.status) == ("Be brief", 0.5, "completed")
        assert found.output_text == "a"

    def test_proof(self) -> None:
        """Other models' signatures travel sealed, and come back unchanged (RESP-05)."""
        blocks = (Reasoning(text="hm", signature="s"), RedactedReasoning(data=b"1"))

        items = written(*blocks)["output"]

        assert all(item["encrypted_content"].startswith("outcrop1.") for item in items)
        back = decode_request(msgspec.json.encode({"input": items})).request.messages[0]
        assert [msgspec.structs.replace(block, extra=None) for block in back.content] == [*blocks]

    def test_own_proof(self) -> None:
        """What OpenAI's own models sealed passes as it is."""
        response = Response(
            content=(Reasoning(text="", signature="rsn_x"),), stop=DONE, call=Call(api=API)
        )

        body = encode_response(response, model="m", response_id="resp_1")

        assert msgspec.json.decode(body)["output"][0]["encrypted_content"] == "rsn_x"

    @pytest.mark.parametrize(
        ("stop", "status", "reason"),
        [
            pytest.param(Stop(kind="length"), "incomplete", "max_output_tokens", id="length"),
            pytest.param(Stop(kind="content_filter"), "incomplete", "content_filter", id="filter"),
            pytest.param(Stop(kind="other", raw="zz"), "completed", None, id="new"),
        ],
    )
    def test_status(self, stop: Stop, status: str, reason: str | None) -> None:
        """The stop table says what becomes of each reason."""
        body = written(stop=stop)

        assert body["status"] == status
        assert body["incomplete_details"] == (None if reason is None else {"reason": reason})

    def test_failed(self) -> None:
        """Output that the model spoiled is an answer that failed (STOP-07)."""
        body = written(stop=Stop(kind="error", raw="malformed_tool_use"))

        assert (body["status"], body["error"]["code"]) == ("failed", "server_error")

    def test_left_out(self) -> None:
        """A block without a form here is left out, and told."""
        searched = ToolUse(id="t", name="f", arguments=msgspec.Raw(b"{}"), type=SERVER_TOOL_USE)

        body = written(searched, Foreign(api="converse", raw=msgspec.Raw(b"{}")), Text(text="a"))

        assert [item["type"] for item in body["output"]] == ["message"]
        assert [each["detail"] for each in body["outcrop"]["adjustments"]] == [
            "a ToolUse block that the Responses API has no form for",
            "a block of converse that the Responses API has no form for",
        ]

    def test_pages(self) -> None:
        """A page that Converse cites becomes an annotation of the whole text."""
        source = Citation(title="A", location=WebLocation(url="https://a.test"))
        cited = CitedText(content=(Text(text="abc"),), citations=(source, Citation(title="B")))

        [part] = written(cited)["output"][0]["content"]

        assert part["annotations"] == [
            {
                "type": "url_citation",
                "url": "https://a.test",
                "title": "A",
                "start_index": 0,
                "end_index": 3,
            }
        ]


@given(responses)
def test_law(response: Response) -> None:
    """What the gateway or the emulator writes, the client reads as it was meant."""
    body = encode_response(response, model="m", response_id="resp_1")

    again = decode_response(body)

    assert [nameless(block) for block in again.content] == [*response.content]
    assert (again.stop, again.usage, again.service_tier) == (
        response.stop,
        response.usage,
        response.service_tier,
    )
    told = again.extra.members if again.extra else {}
    assert (response.extra.members if response.extra else {}).items() <= told.items()


def nameless(block: Any) -> Any:
    """Take away the ids that a written item is given."""
    extra = getattr(block, "extra", None)
    if extra is None:
        return block
    kept = {name: raw for name, raw in extra.members.items() if name not in {"id", "item.id"}}
    return msgspec.structs.replace(block, extra=Extra(API, kept) if kept else None)


@given(responses)
def test_sdk(response: Response) -> None:
    """OpenAI's own types accept every member of every answer, but for items that are new."""
    known = tuple(block for block in response.content if not isinstance(block, Foreign))
    body = encode_response(
        msgspec.structs.replace(response, content=known), model="m", response_id="resp_1", created=7
    )

    SdkResponse.model_validate_json(body, strict=True)


def is_whole(recorded: Interaction) -> bool:
    return is_responses(recorded) and recorded.response_body is not None


@pytest.mark.parametrize("recorded", cases("other", where=is_whole))
def test_recorded(recorded: Interaction) -> None:
    """What Mantle really answered comes back whole, and its counts are as it told them."""
    body = recorded.response_body
    response = decode_response(recorded.response.data)

    written_again = encode_response(
        response, model=body["model"], response_id=body["id"], created=body["created_at"]
    )

    assert said(msgspec.json.decode(written_again)) == said(body)
    usage = response.usage
    assert usage is not None
    assert usage.full_input_tokens == body["usage"]["input_tokens"]
    assert usage.output_tokens == body["usage"]["output_tokens"]
    assert usage.total_tokens == body["usage"]["total_tokens"]
    assert not any(isinstance(block, Foreign) for block in response.content)


def said(body: dict[str, Any]) -> Any:
    """Return an answer without its nulls and empty lists; a count that is missing is 0."""
    details = {"cached_tokens": 0, "cache_write_tokens": 0, **body["usage"]["input_tokens_details"]}
    return present({**body, "usage": {**body["usage"], "input_tokens_details": details}})
