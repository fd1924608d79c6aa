"""Requests as the documentation shows them, read and written by hand."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.native import (
    claude_text,
    cohere_chat,
    cohere_generate,
    mistral,
    nova,
    pegasus,
    titan,
)
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types.content import (
    S3,
    CachePoint,
    Document,
    Image,
    Inline,
    JsonValue,
    Plain,
    Text,
    ToolResult,
    ToolUse,
    Url,
    Video,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, Tool
from tests.codecs.native.forms import FORMS
from tests.codecs.native.values import PNG, said

PIXEL = "data:image/png;base64,iVBORw0KGgphYmM="
SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "description": "How many"}, "s": {"type": "string"}},
    "required": ["n"],
}


def written(codec: Any, request: Request, *, stream: bool = False) -> Any:
    return msgspec.json.decode(codec.encode_request(request, stream=stream, invoke=True))


def test_chat_with_tools_and_pictures() -> None:
    """What a client of Mistral's own API sends means the same here, and is written back alike."""
    call = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": PIXEL}},
                    {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
                ],
            },
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a1b2c3d4e", "content": "42", "name": "f"},
            {"role": "user", "content": "And now?"},
        ],
        "tools": [
            {"type": "function",
             "function": {"name": "f", "description": "d", "parameters": SCHEMA}},
            {"type": "web"},
        ],
        "tool_choice": "any",
        "max_tokens": 9,
        "safe_prompt": True,
    }  # fmt: skip

    request = mistral.decode_request(msgspec.json.encode(body), "m")

    assert request.system == (Text(text="Be brief."),)
    assert request.messages[0].content == (
        Text(text="What is it?"),
        Image(format="png", source=Inline(PNG)),
        Image(format="png", source=Url("https://example.org/a.png")),
    )
    assert request.messages[1].content == (
        ToolUse(id="a1b2c3d4e", name="f", arguments=msgspec.Raw(b"{}")),
    )
    assert isinstance(request.messages[2].content[0], ToolResult)
    assert request.messages[2].content[0].content == (Text(text="42"),)
    assert isinstance(request.tools[0], Tool)
    assert request.tool_choice == AnyChoice()
    assert request.sampling == Sampling(max_tokens=9)
    assert written(mistral, request) == body


def test_results_that_follow_each_other_answer_one_turn() -> None:
    """The wire has a message a result; the conversation has one turn for all of them."""
    results = tuple(ToolResult(id=each, content=(Text(text=each),)) for each in ("1", "2"))
    turn = Message(role="user", content=(*results, Text(text="Go on.")))

    messages = written(mistral, Request(model="m", messages=(turn,)))["messages"]

    assert messages == [
        {"role": "tool", "tool_call_id": "1", "content": "1"},
        {"role": "tool", "tool_call_id": "2", "content": "2"},
        {"role": "user", "content": "Go on."},
    ]


def test_results_as_text() -> None:
    """A wire of texts is told JSON as it stands."""
    parts = (Text(text="a"), JsonValue(value=msgspec.Raw(b'{"b":1}')))
    turn = Message(role="user", content=(ToolResult(id="1", content=parts),))

    messages = written(mistral, Request(model="m", messages=(turn,)))["messages"]

    assert messages[0]["content"] == 'a\n{"b":1}'


def test_command_r() -> None:
    """The last question, its history, documents, tools and what they answered."""
    call = {"name": "f", "parameters": {"n": 1}}
    body = {
        "message": "And now?",
        "chat_history": [
            {"role": "USER", "message": "How many?"},
            {"role": "CHATBOT", "message": "Let me see.", "tool_calls": [call]},
            {"role": "TOOL", "tool_results": [{"call": call, "outputs": [{"text": "42"}]}]},
            {"role": "CHATBOT", "message": "42."},
        ],
        "documents": [{"title": "Cats", "snippet": "They purr."}],
        "preamble": "Be brief.",
        "tools": [
            {
                "name": "f",
                "description": "d",
                "parameter_definitions": {
                    "n": {"description": "How many", "type": "int", "required": True},
                    "s": {"type": "str", "required": False},
                },
            }
        ],
        "p": 0.5,
        "k": 7,
        "stop_sequences": ["x"],
        "return_prompt": True,
    }

    request = cohere_chat.decode_request(msgspec.json.encode(body), "m")

    assert [turn.role for turn in request.messages] == [
        "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert request.messages[1].content[1] == ToolUse(
        id="call_0", name="f", arguments=msgspec.Raw(b'{"n":1}')
    )
    assert request.messages[2].content == (ToolResult(id="call_0", content=(Text(text="42"),)),)
    assert request.messages[4].content == (
        Document(name="Cats", source=Plain("They purr.")),
        Text(text="And now?"),
    )
    assert isinstance(request.tools[0], Tool)
    assert msgspec.json.decode(request.tools[0].input_schema) == SCHEMA
    assert request.sampling == Sampling(top_p=0.5, top_k=7, stop_sequences=("x",))
    assert written(cohere_chat, request) == body


def test_results_without_a_call_before() -> None:
    """Results may come with nothing but a copy of their call: the turn that asked is implied."""
    call = {"name": "f", "parameters": {"n": 1}}
    body = {
        "message": "How many?",
        "tool_results": [{"call": call, "outputs": [{"answer": 42}]}],
    }

    request = cohere_chat.decode_request(msgspec.json.encode(body), "m")

    assert [type(turn.content[0]) for turn in request.messages] == [ToolUse, ToolResult]
    assert written(cohere_chat, request) == body


def test_documents_of_another_shape_are_kept() -> None:
    body = {"message": "Hello", "documents": [{"id": "1", "data": {"text": "x"}}]}

    request = cohere_chat.decode_request(msgspec.json.encode(body), "m")

    assert written(cohere_chat, request) == body


def test_result_of_no_call_is_refused() -> None:
    """A result repeats its call on this wire: without one there is nothing to write."""
    turn = Message(role="user", content=(ToolResult(id="7", content=()),))

    with pytest.raises(BadRequestError, match="the tool result 7 answers no call"):
        written(cohere_chat, Request(model="m", messages=(turn,)))


def test_answer_to_be_continued_is_history() -> None:
    """Command R cannot go on where the assistant stopped: it is asked with nothing to say."""
    request = Request(model="m", messages=(said("user", "Hello"), said("assistant", "It is")))

    body = written(cohere_chat, request)

    assert body["message"] == ""
    assert body["chat_history"][1] == {"role": "CHATBOT", "message": "It is"}


def test_cache_points_stand_beside_blocks() -> None:
    """Nova wants the point in the object of the block that it follows."""
    content = (Text(text="long"), CachePoint(), Text(text="short"), CachePoint(ttl="5m"))
    turn = Message(role="user", content=content)

    body = written(nova, Request(model="m", system=(CachePoint(),), messages=(turn,)))

    assert body["system"] == [{"cachePoint": {"type": "default"}}]
    assert body["messages"][0]["content"] == [
        {"text": "long", "cachePoint": {"type": "default"}},
        {"text": "short", "cachePoint": {"type": "default", "ttl": "5m"}},
    ]
    assert nova.decode_request(msgspec.json.encode(body), "m").messages == (turn,)


def test_film() -> None:
    """Pegasus looks at one film, in S3 or in the body."""
    film = Video(format="mp4", source=S3(uri="s3://a/b.mp4", bucket_owner="123"))
    turn = Message(role="user", content=(film, Text(text="What happens?")))

    body = written(pegasus, Request(model="m", messages=(turn,)))

    assert body == {
        "inputPrompt": "What happens?",
        "mediaSource": {"s3Location": {"uri": "s3://a/b.mp4", "bucketOwner": "123"}},
    }


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ((Inline(b"x"), Inline(b"y")), "one film at a time"),
        ((Url("https://example.org/a.mp4"),), "as bytes or from S3"),
    ],
)
def test_film_that_cannot_be_sent(sources: tuple[Any, ...], message: str) -> None:
    films = tuple(Video(format="mp4", source=source) for source in sources)
    request = Request(model="m", messages=(Message(role="user", content=films),))

    with pytest.raises(UnsupportedError, match=message):
        written(pegasus, request)


def test_caller_adds_to_the_body() -> None:
    """What the caller adds by hand joins the body, and wins (CONV-05)."""
    request = Request(
        model="m",
        messages=(said("user", "Hello"),),
        sampling=Sampling(max_tokens=9, temperature=0.5),
        additional_model_request_fields=msgspec.Raw(
            b'{"textGenerationConfig":{"maxTokenCount":5},"new":1}'
        ),
    )

    body = written(titan, request)

    assert body["textGenerationConfig"] == {"maxTokenCount": 5, "temperature": 0.5}
    assert body["new"] == 1


@pytest.mark.parametrize("api", sorted(FORMS))
def test_mode_of_the_guardrail(api: str) -> None:
    """How a guardrail reads a stream is the one thing about it that a body says."""
    request = Request(
        model="m", messages=(said("user", "Hello"),), guardrail=Guardrail(stream_mode="async")
    )

    body = written(FORMS[api], request)

    assert body["amazon-bedrock-guardrailConfig"] == {"streamProcessingMode": "ASYNCHRONOUS"}


def test_picture_alone() -> None:
    """A turn of one picture is a list of parts, not an empty text."""
    turn = Message(role="user", content=(Image(format="png", source=Inline(PNG)),))

    messages = written(mistral, Request(model="m", messages=(turn,)))["messages"]

    assert messages[0]["content"] == [{"type": "image_url", "image_url": {"url": PIXEL}}]


def test_silent_call_is_history() -> None:
    """A turn that only calls has no text, and is told all the same."""
    call = ToolUse(id="1", name="f", arguments=msgspec.Raw(b"{}"))
    result = ToolResult(id="1", content=(Text(text="42"),))
    request = Request(
        model="m",
        messages=(
            said("user", "How many?"),
            Message(role="assistant", content=(call,)),
            Message(role="user", content=(result,)),
        ),
    )

    body = written(cohere_chat, request)

    assert body["chat_history"][1] == {
        "role": "CHATBOT",
        "message": "",
        "tool_calls": [{"name": "f", "parameters": {}}],
    }
    assert body["tool_results"] == [
        {"call": {"name": "f", "parameters": {}}, "outputs": [{"text": "42"}]}
    ]


def test_json_object_is_left_out() -> None:
    """Pegasus answers in the form of a schema, and knows no other form."""
    request = Request(
        model="m",
        messages=(said("user", "Hello"),),
        text_format=TextFormat(type="json_object", schema="{}"),
    )

    assert "responseFormat" not in written(pegasus, request)


def test_limit_that_the_model_needs() -> None:
    """Claude refuses a prompt without a limit; whoever gives none gets the most there is."""
    request = Request(model="m", messages=(said("user", "Hello"),))
    limited = msgspec.structs.replace(request, sampling=Sampling(max_tokens=9))

    assert written(claude_text, request)["max_tokens_to_sample"] == 4096
    assert written(claude_text, limited)["max_tokens_to_sample"] == 9


def test_stream_flag() -> None:
    """Command streams piece by piece only when its body says so too."""
    request = Request(model="m", messages=(said("user", "Hello"),))

    assert written(cohere_generate, request, stream=True)["stream"] is True
    assert "stream" not in written(cohere_generate, request)


@pytest.mark.parametrize("api", sorted(FORMS))
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"a":"\xff"}', b'{"messages":[]}'])
def test_malformed(api: str, body: bytes) -> None:
    """A client of the emulator is told that its body is wrong."""
    with pytest.raises(BadRequestError):
        FORMS[api].decode_request(body, "m")


@pytest.mark.parametrize(
    ("api", "body", "param"),
    [
        ("titan", {"inputText": "x", "textGenerationConfig": {"topP": "y"}},
         "textGenerationConfig.topP"),
        ("llama", {"prompt": 1}, "prompt"),
        ("mistral", {"messages": [{"role": "user", "content": [1]}]}, "messages[0].content[0]"),
        ("nova", {"messages": [{"role": "user", "content": [{"text": 1}]}]},
         "messages[0].content[0].text"),
        ("cohere_chat", {"message": "x", "tool_results": [{"outputs": []}]}, ""),
    ],
)  # fmt: skip
def test_place_of_a_problem(api: str, body: dict[str, Any], param: str) -> None:
    """The path of the member at fault is an attribute, not only a part of the text."""
    with pytest.raises(BadRequestError) as refused:
        FORMS[api].decode_request(msgspec.json.encode(body), "m")

    assert refused.value.param == param
