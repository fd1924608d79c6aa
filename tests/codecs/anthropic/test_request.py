"""Requests, member by member: what stands where in the body, and what the caller wrote over it."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.anthropic import API, betas, decode_request, encode_request
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types import content as c
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, NamedChoice, NoChoice, SystemTool, Tool

HELLO = Message(role="user", content=(c.Text(text="Hello"),))
WEATHER = Tool(name="weather", input_schema=msgspec.Raw(b'{"type":"object"}'))


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def asked(messages: tuple[Message, ...] = (HELLO,), **options: Any) -> Request:
    return Request(model="a-model", messages=messages, **options)


def body(request: Request, *, stream: bool = False, invoke: bool = True) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.json.decode(
        encode_request(request, stream=stream, invoke=invoke)
    )
    return written


def content(*blocks: Any) -> list[Any]:
    """Return what a message of these blocks holds on the wire."""
    written: list[Any] = body(asked((Message(role="user", content=blocks),)))["messages"][0][
        "content"
    ]
    return written


def decoded(**members: Any) -> Request:
    messages = [{"role": "user", "content": "Hello"}]
    document = {"max_tokens": 1, "messages": messages} | members
    return decode_request(msgspec.json.encode(document)).request


def read(*blocks: Any) -> tuple[Any, ...]:
    """Return the canonical blocks of a message that holds these."""
    return decoded(messages=[{"role": "user", "content": list(blocks)}]).messages[0].content


def test_invoke_names_the_version_and_nothing_of_the_path() -> None:
    """InvokeModel refuses ``model`` and ``stream`` in a body (ROUTE-07)."""
    written = body(asked(), stream=True)

    assert written == {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    }


def test_http_names_model_and_stream() -> None:
    written = body(asked(), stream=True, invoke=False)

    assert written.keys() == {"model", "max_tokens", "messages", "stream"}
    assert (written["model"], written["stream"]) == ("a-model", True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"sampling": Sampling(max_tokens=7)}, 7, id="given"),
        pytest.param(
            {"reasoning": ReasoningOptions(type="enabled", budget_tokens=2000)}, 6096, id="budget"
        ),
        pytest.param(
            {"additional_model_request_fields": raw('{"thinking":{"budget_tokens":1024}}')},
            5120,
            id="additional-budget",
        ),
        pytest.param(
            {"additional_model_request_fields": raw('{"thinking":{"budget_tokens":"x"}}')},
            4096,
            id="no-budget",
        ),
        pytest.param(
            {"additional_model_request_fields": raw('{"max_tokens":9}')}, 9, id="additional"
        ),
    ],
)
def test_max_tokens(options: dict[str, Any], expected: int) -> None:
    """This API requires a limit, and what is thought counts in it (THINK-03)."""
    assert body(asked(**options))["max_tokens"] == expected


def test_additional_fields_win_level_by_level() -> None:
    """What the caller wrote is laid over what was derived, and the rest of it stays (CONV-05)."""
    fields = '{"tool_choice":{"disable_parallel_tool_use":true},"top_k":3,"container":"c"}'
    request = asked(
        tools=(WEATHER,),
        tool_choice=NamedChoice(name="weather"),
        sampling=Sampling(top_k=5),
        additional_model_request_fields=raw(fields),
    )

    written = body(request)

    assert written["tool_choice"] == {
        "type": "tool",
        "name": "weather",
        "disable_parallel_tool_use": True,
    }
    assert (written["top_k"], written["container"]) == (3, "c")


@pytest.mark.parametrize("fields", ["[]", "3"])
def test_additional_fields_must_be_an_object(fields: str) -> None:
    with pytest.raises(BadRequestError, match="must be one JSON object"):
        body(asked(additional_model_request_fields=raw(fields)))


def test_betas_of_caller_and_tools_are_gathered() -> None:
    """Each once: those of the body, of the additional fields, of typed tools (CONV-05, TOOL-12)."""
    request = asked(
        extra=Extra(API, {"anthropic_beta": raw('["one","two"]')}),
        additional_model_request_fields=raw('{"anthropic_beta":["two","three"]}'),
        tools=(
            c.Foreign(api=API, raw=raw('{"type":"computer_20250124","name":"computer"}')),
            c.Foreign(api=API, raw=raw('{"type":"bash_20250124","name":"bash"}')),
        ),
    )

    assert body(request)["anthropic_beta"] == ["one", "two", "three", "computer-use-2025-01-24"]
    assert "anthropic_beta" not in body(request, invoke=False)
    assert betas(request) == ("one", "two", "three", "computer-use-2025-01-24")


def test_betas_of_header_and_body_are_gathered() -> None:
    document = b'{"max_tokens":1,"messages":[],"anthropic_beta":["two"]}'
    headers = (("Anthropic-Beta", "one, two"), ("anthropic-beta", "three"))

    found = decode_request(document, "a-model", headers)

    assert found.betas == ("two", "one", "three")
    assert body(found.request)["anthropic_beta"] == ["two", "one", "three"]


def test_betas_must_be_names() -> None:
    with pytest.raises(BadRequestError) as problem:
        decode_request(b'{"max_tokens":1,"messages":[],"anthropic_beta":"one"}')

    assert problem.value.param == "anthropic_beta"


def test_system_blocks_are_told_one_by_one() -> None:
    request = asked(
        system=(c.Text(text="One"), c.CachePoint(ttl="1h"), c.GuardText(text="Two")),
    )

    assert body(request)["system"] == [
        {"type": "text", "text": "One", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "text", "text": "Two"},
    ]


@pytest.mark.parametrize("system", ["", [], None])
def test_a_system_prompt_that_says_nothing_is_none(system: Any) -> None:
    assert decoded(system=system).system == ()


def test_a_text_is_one_block() -> None:
    request = decoded(system="Be brief", messages=[{"role": "user", "content": "Hello"}])

    assert request.system == (c.Text(text="Be brief"),)
    assert request.messages == (HELLO,)


def test_a_cache_point_stands_on_the_block_before() -> None:
    """Reasoning cannot carry one, so the block before it does (CACHE-01, CACHE-04)."""
    written = content(
        c.Text(text="One"),
        c.Reasoning(text="thought", signature="proof"),
        c.CachePoint(),
        c.CachePoint(ttl="1h"),
    )

    assert written == [
        {"type": "text", "text": "One", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "thinking", "thinking": "thought", "signature": "proof"},
    ]


def test_a_cache_point_stands_on_a_foreign_block() -> None:
    upload = c.Foreign(api=API, raw=raw('{"type":"container_upload","file_id":"f"}'))

    written = content(upload, c.CachePoint())

    assert written == [
        {"type": "container_upload", "file_id": "f", "cache_control": {"type": "ephemeral"}}
    ]


def test_a_cache_point_without_a_block_is_left_out() -> None:
    assert content(c.CachePoint(), c.Text(text="One")) == [{"type": "text", "text": "One"}]


def test_the_cache_control_of_a_request_is_a_point_at_its_end() -> None:
    """Automatic caching marks the last block that can be (ANTH-02)."""
    request = decoded(cache_control={"type": "ephemeral", "ttl": "5m"})

    assert request.messages[0].content == (c.Text(text="Hello"), c.CachePoint(ttl="5m"))


def test_a_cache_control_inside_a_tool_result_stays_there() -> None:
    """It is no point of the conversation: other APIs have no place for it."""
    part = {"type": "text", "text": "sunny", "cache_control": {"type": "ephemeral"}}
    block = {"type": "tool_result", "tool_use_id": "t", "content": [part]}

    (result,) = read(block)

    assert result.content[0].extra.members == {"cache_control": raw('{"type":"ephemeral"}')}
    assert content(result) == [block]


@pytest.mark.parametrize(
    ("wire", "choice", "parallel"),
    [
        ({"type": "any", "disable_parallel_tool_use": True}, AnyChoice(), False),
        ({"type": "tool", "name": "weather"}, NamedChoice(name="weather"), None),
        ({"type": "none"}, NoChoice(), None),
    ],
)
def test_tool_choice(wire: Any, choice: Any, parallel: bool | None) -> None:  # noqa: FBT001
    tools = [{"name": "weather", "input_schema": {"type": "object"}}]

    request = decoded(tools=tools, tool_choice=wire)

    assert (request.tool_choice, request.parallel_tool_calls) == (choice, parallel)
    assert body(request)["tool_choice"] == wire


def test_one_call_at_a_time_without_a_choice_is_auto() -> None:
    """The member stands inside a choice, so there must be one (TOOL-11)."""
    written = body(asked(tools=(WEATHER,), parallel_tool_calls=False))

    assert written["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_a_choice_without_tools_is_left_out() -> None:
    """The API refuses it."""
    assert "tool_choice" not in body(asked(tool_choice=AnyChoice()))


def test_a_tool_is_written_without_its_type() -> None:
    """Older models know none; a client that names it means the same."""
    tool = {"type": "custom", "name": "weather", "input_schema": {"type": "object"}}

    written = body(decoded(tools=[tool]))

    assert written["tools"] == [{"name": "weather", "input_schema": {"type": "object"}}]


def test_typed_tools_pass() -> None:
    tools = [
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
        {"type": "memory_20250818", "name": "memory", "cache_control": {"type": "ephemeral"}},
    ]

    request = decoded(tools=tools)

    assert [type(tool) for tool in request.tools] == [c.Foreign, c.Foreign]
    assert body(request)["tools"] == tools


@pytest.mark.parametrize(
    ("tool", "parameter"),
    [
        ({"type": "web_search_20250305", "name": "web_search", "max_uses": 2}, "query"),
        ({"type": "web_fetch_20260318", "name": "web_fetch"}, "url"),
        ({"type": "code_execution_20250825", "name": "code_execution"}, "code"),
    ],
)
def test_what_bedrock_does_not_run_becomes_a_function(tool: dict[str, Any], parameter: str) -> None:
    """InvokeModel refuses the type; over HTTP the service may run it (TOOL-13)."""
    request = decoded(tools=[tool | {"cache_control": {"type": "ephemeral"}}])

    (function,) = body(request)["tools"]

    assert function["name"] == tool["name"]
    assert function["input_schema"]["required"] == [parameter]
    assert function["cache_control"] == {"type": "ephemeral"}
    assert "type" not in function
    assert body(request, invoke=False)["tools"][0]["type"] == tool["type"]


@pytest.mark.parametrize("tool", ['{"type":3}', '{"type":"bash_20250124","name":4}', "[]"])
def test_a_broken_tool_is_the_service_s_to_refuse(tool: str) -> None:
    request = asked(tools=(c.Foreign(api=API, raw=raw(tool)),))

    assert body(request)["tools"] == [msgspec.json.decode(tool)]


def test_what_no_tool_can_be_is_left_out() -> None:
    request = asked(tools=(SystemTool(name="grounding"), c.Foreign(api="other", raw=raw("{}"))))

    assert "tools" not in body(request)


@pytest.mark.parametrize(
    ("options", "thinking", "output"),
    [
        (
            ReasoningOptions(type="adaptive", display="summarized", effort="high"),
            {"type": "adaptive", "display": "summarized"},
            {"effort": "high"},
        ),
        (ReasoningOptions(budget_tokens=1024), {"type": "enabled", "budget_tokens": 1024}, None),
        (ReasoningOptions(effort="low"), {"type": "adaptive"}, {"effort": "low"}),
        (ReasoningOptions(effort="none"), {"type": "disabled"}, None),
        (
            ReasoningOptions(display="omitted"),
            {"type": "adaptive", "display": "omitted"},
            None,
        ),
        (ReasoningOptions(), None, None),
    ],
)
def test_reasoning(options: ReasoningOptions, thinking: Any, output: Any) -> None:
    """The effort never stands inside ``thinking`` (THINK-02)."""
    written = body(asked(reasoning=options))

    assert written.get("thinking") == thinking
    assert written.get("output_config") == output


def test_the_effort_of_the_request_wins() -> None:
    written = body(asked(effort="max", reasoning=ReasoningOptions(effort="low")))

    assert written["output_config"] == {"effort": "max"}


def test_a_schema_is_told_as_it_stands() -> None:
    form = TextFormat(schema='{"type":"object" }', name="answer")

    written = encode_request(asked(text_format=form), stream=False, invoke=True)

    assert (
        b'"output_config":{"format":{"type":"json_schema","schema":{"type":"object" }}}' in written
    )


def test_any_json_cannot_be_asked_for() -> None:
    assert "output_config" not in body(asked(text_format=TextFormat(type="json_object")))


@pytest.mark.parametrize(
    ("wire", "tier"), [("auto", None), ("standard_only", "default"), ("flex", "flex")]
)
def test_service_tier(wire: str, tier: str | None) -> None:
    """InvokeModel takes it in a header, so there it stands in no body (CONV-07)."""
    request = decoded(service_tier=wire)

    assert request.service_tier == tier
    assert body(request, invoke=False).get("service_tier") == (None if wire == "auto" else wire)
    assert "service_tier" not in body(request)


def test_the_user_is_a_label() -> None:
    request = decoded(metadata={"user_id": "u-1"})

    assert request.request_metadata == {"user_id": "u-1"}
    assert body(request)["metadata"] == {"user_id": "u-1"}


@pytest.mark.parametrize(
    ("source", "block"),
    [
        pytest.param(
            {"type": "base64", "media_type": "application/pdf", "data": "AAE="},
            c.Document(name="", format="pdf", source=c.Inline(b"\x00\x01")),
            id="pdf",
        ),
        pytest.param(
            {"type": "text", "media_type": "text/plain", "data": "words"},
            c.Document(name="", format="txt", source=c.Plain("words")),
            id="text",
        ),
        pytest.param(
            {"type": "content", "content": [{"type": "text", "text": "a"}]},
            c.Document(name="", source=c.Pieces(("a",))),
            id="pieces",
        ),
        pytest.param(
            {"type": "url", "url": "https://example.org/a.pdf"},
            c.Document(name="", source=c.Url("https://example.org/a.pdf")),
            id="address",
        ),
    ],
)
def test_document_sources(source: Any, block: c.Document) -> None:
    wire = {"type": "document", "source": source}

    assert read(wire) == (block,)
    assert content(block) == [wire]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"type": "file", "file_id": "f"}, id="file"),
        pytest.param({"type": "text", "media_type": "text/html", "data": "<p>"}, id="html"),
        pytest.param({"type": "url", "url": "https://example.org", "new": 1}, id="member"),
        pytest.param(
            {
                "type": "content",
                "content": [{"type": "image", "source": {"type": "file", "file_id": "f"}}],
            },
            id="picture",
        ),
    ],
)
def test_sources_without_a_word_come_back(source: Any) -> None:
    wire = {"type": "document", "source": source, "title": "A file"}

    (block,) = read(wire)

    assert isinstance(block.source, c.ForeignSource)
    assert content(block) == [wire]


@pytest.mark.parametrize("text", ["a text", ["a text"]])
def test_a_document_in_one_piece(text: Any) -> None:
    pieces = text if isinstance(text, str) else [{"type": "text", "text": text[0]}]

    (block,) = read({"type": "document", "source": {"type": "content", "content": pieces}})

    assert block.source == c.Pieces(("a text",))


@pytest.mark.parametrize("kind", ["md", "csv", "html", "txt", ""])
def test_what_is_text_by_its_format_is_sent_as_text(kind: str) -> None:
    """The API takes PDF and plain text, and nothing else."""
    (written,) = content(c.Document(name="n", format=kind, source=c.Inline(b"a,b")))

    assert written["source"] == {"type": "text", "media_type": "text/plain", "data": "a,b"}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            c.Document(name="n", format="docx", source=c.Inline(b"PK")),
            "as PDF or text, not as docx",
        ),
        (
            c.Document(name="n", format="csv", source=c.Inline(b"\xff")),
            "as PDF or text, not as csv",
        ),
        (c.Image(format="png", source=c.S3(uri="s3://b/k")), "does not read from S3"),
        (
            c.Image(format="png", source=c.ForeignSource(api="converse", raw=raw("{}"))),
            "cannot read media from this ForeignSource",
        ),
    ],
)
def test_media_that_cannot_be_sent_is_refused(block: Any, message: str) -> None:
    """Left out, it would change the question."""
    with pytest.raises(UnsupportedError, match=message):
        content(block)


def test_pictures() -> None:
    wire = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAE="},
        "transformations": {"oversized_image": "error"},
    }

    (block,) = read(wire)

    assert (block.format, block.source) == ("jpeg", c.Inline(b"\x00\x01"))
    assert content(block) == [wire]


def test_what_has_no_word_is_left_out() -> None:
    """`unsupported` lists each of them before."""
    written = content(
        c.Video(format="mp4", source=c.Inline(b"")),
        c.Audio(format="mp3", source=c.Inline(b"")),
        c.RedactedReasoning(data=b"\xff\xfe"),
        c.ToolUse(id="t", name="n", arguments=raw("{}"), type=c.SERVER_TOOL_USE),
        c.ToolResult(id="t", content=(), type="other_server_tool_result"),
        c.Foreign(api="converse", raw=raw("{}")),
        c.Text(text="Hello"),
    )

    assert written == [{"type": "text", "text": "Hello"}]


def test_what_is_said_in_other_words() -> None:
    """For a guardrail's text and picture, and for JSON, there is only the plain form."""
    result = c.ToolResult(id="t", content=(c.JsonValue(value=raw('{"a": 1}')),), status="success")

    written = content(
        c.GuardText(text="guarded"), c.GuardImage(format="png", source=c.Inline(b"")), result
    )

    assert [block["type"] for block in written] == ["text", "image", "tool_result"]
    assert written[2]["content"] == [{"type": "text", "text": '{"a": 1}'}]
    assert written[2]["is_error"] is False


def test_a_citation_without_a_place_is_left_out() -> None:
    cited = c.CitedText(
        content=(c.Text(text="so "), c.Text(text="it is")),
        citations=(
            c.Citation(title="nowhere"),
            c.Citation(location=c.DocumentLocation(unit="line", start=1)),
        ),
    )

    assert content(cited) == [{"type": "text", "text": "so it is"}]


def test_a_search_result_of_more_than_text_is_kept_whole() -> None:
    wire = {
        "type": "search_result",
        "source": "s",
        "title": "t",
        "content": [{"type": "table", "rows": []}],
        "cache_control": {"type": "ephemeral"},
    }

    (block,) = read(wire)

    assert isinstance(block, c.Foreign)
    assert content(block) == [wire]


@pytest.mark.parametrize(
    ("document", "param"),
    [
        (b"", ""),
        (b"[]", ""),
        (b'{"max_tokens":1}', ""),
        (b'{"messages":[{"role":"user","content":[{"text":"a"}]}]}', "messages[0].content[0]"),
        (
            (
                b'{"messages":[{"role":"user","content":[{"type":"image","source":'
                b'{"type":"base64","media_type":"image/png","data":"https://x"}}]}]}'
            ),
            "messages[0].content[0].source.data",
        ),
        (b'{"messages":[],"tools":[{"name":"a"}]}', "tools[0]"),
        (b'{"messages":[],"new":"\xff"}', ""),
    ],
)
def test_malformed_bodies_are_refused_with_a_path(document: bytes, param: str) -> None:
    with pytest.raises(BadRequestError) as problem:
        decode_request(document)

    assert problem.value.param == param


def test_unknown_members_of_options_stay_in_their_place() -> None:
    """The canonical options have no room for them, so the request keeps them."""
    members = {
        "thinking": {"type": "adaptive", "depth": 3},
        "output_config": {"effort": "low", "tone": "dry"},
        "metadata": {"user_id": "u", "team": "t"},
        "context_management": {"edits": []},
    }

    written = body(decoded(**members))

    assert {name: written[name] for name in members} == members
