"""A whole chat completion request."""

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.openai_chat import ChatRequest, decode_request
from outcrop.errors import BadRequestError
from outcrop.types.content import CachePoint, Text
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling
from outcrop.types.responses import Adjustment
from outcrop.types.tools import AutoChoice, Tool
from tests.codecs.openai_chat.answers import json_values
from tests.codecs.openai_chat.asking import PNG, ask, refusal

WEATHER = b'{"type": "object", "properties": {"city": {"type": "string"}}}'

EVERYTHING: dict[str, Any] = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "name": "Ann",
            "content": [
                {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}],
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ],
            "outcrop": {"blocks": [{"block": "text", "text": "x"}], "layout": ["call"]},
        },
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "sun"}]},
        {"role": "function", "name": "f", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
    "reasoning": {"effort": "low", "max_tokens": 1024},
    "thinking": {"type": "enabled", "budget_tokens": 2048},
    "stream_options": {"include_usage": True},
    "stop": ["END"],
    "metadata": {"team": "a"},
    "bedrock": {
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        "toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]},
        "system": [{"guardContent": {"text": {"text": "x"}}}],
    },
    "temperature": 0.5,
    "n": 1,
    "stream": False,
}


class TestWhole:
    def test_everyday_request(self) -> None:
        """What nearly every request looks like, with all of its meaning."""
        body = (
            b'{"model":"us.m","messages":[{"role":"system","content":"Be brief."},'
            b'{"role":"user","content":"Weather in Paris?"}],"tools":[{"type":"function",'
            b'"function":{"name":"weather","description":"Now","parameters":' + WEATHER + b"}}],"
            b'"tool_choice":"auto","temperature":0.2,"max_tokens":512,"stream":true,'
            b'"stream_options":{"include_usage":true}}'
        )

        asked = decode_request(body)

        tool = asked.request.tools[0]
        assert isinstance(tool, Tool)
        assert bytes(tool.input_schema) == WEATHER
        assert asked == ChatRequest(
            request=Request(
                model="us.m",
                system=(Text(text="Be brief."),),
                messages=(Message(role="user", content=(Text(text="Weather in Paris?"),)),),
                sampling=Sampling(max_tokens=512, temperature=0.2),
                tools=(Tool(name="weather", description="Now", input_schema=tool.input_schema),),
                tool_choice=AutoChoice(),
            ),
            stream=True,
            include_usage=True,
        )

    def test_model_may_be_missing(self) -> None:
        """A gateway may have a default; it is asked for the model, not this codec."""
        assert decode_request(b'{"messages":[{"role":"user","content":"a"}]}').request.model == ""

    def test_everything_at_once(self) -> None:
        """Members that stand side by side do not disturb each other."""
        asked = decode_request(msgspec.json.encode(EVERYTHING))

        assert [message.role for message in asked.request.messages] == ["user", "assistant", "user"]
        assert len(asked.request.tools) == 2


class TestUnknownMembers:
    def test_top_level_is_kept(self) -> None:
        """What this codec cannot name, another may understand; it is never dropped unsaid."""
        extra = ask(provider={"only": ["x"]}, top_a=0.5).request.extra

        assert extra is not None
        assert extra.api == "openai_chat"
        assert {name: bytes(raw) for name, raw in extra.members.items()} == {
            "provider": b'{"only":["x"]}',
            "top_a": b"0.5",
        }

    def test_known_members_without_a_word_are_kept(self) -> None:
        """The planner of cache points must see that the client steers the cache (CACHE-03)."""
        extra = ask(prompt_cache_key="k").request.extra

        assert extra == Extra("openai_chat", {"prompt_cache_key": msgspec.Raw(b'"k"')})

    def test_inner_members_are_kept_where_they_stand(self) -> None:
        """An unknown member travels with the nearest thing that can carry it."""
        message = {
            "role": "user",
            "priority": 1,
            "content": [{"type": "text", "text": "a", "lang": "en"}],
        }

        (turn,) = ask(message).request.messages

        assert turn.extra == Extra("openai_chat", {"priority": msgspec.Raw(b"1")})
        assert turn.content[0] == Text(
            text="a", extra=Extra("openai_chat", {"lang": msgspec.Raw(b'"en"')})
        )


class TestChanges:
    def test_ignored_members_are_named(self) -> None:
        """Accepted is not obeyed: the client is told (OAI-13)."""
        asked = ask(store=True, verbosity="low", prediction={"type": "content", "content": "a"})

        assert asked.adjustments == (
            Adjustment(
                rule="ignored_parameter", detail="store was ignored: answers are not stored"
            ),
            Adjustment(
                rule="ignored_parameter",
                detail="prediction was ignored: Bedrock has no predicted outputs",
            ),
            Adjustment(
                rule="ignored_parameter",
                detail="verbosity was ignored: Bedrock has no such setting",
            ),
        )

    def test_store_false_is_obeyed(self) -> None:
        """Not storing is what happens anyway."""
        assert ask(store=False).adjustments == ()

    def test_a_change_is_named_once(self) -> None:
        """A long conversation does not say the same thing for each of its turns."""
        said = {"role": "user", "name": "Ann", "content": "a"}

        assert len(ask(said, said, said).adjustments) == 1

    def test_obfuscation(self) -> None:
        """OpenAI pads its chunks on request; here it is said that nobody does."""
        rules = [
            each.rule for each in ask(stream_options={"include_obfuscation": True}).adjustments
        ]

        assert rules == ["ignored_parameter"]


class TestCacheMark:
    def test_on_the_request(self) -> None:
        """Anthropic's clients mark the request; the point stands after its last message."""
        asked = ask({"role": "user", "content": "a"}, cache_control={"type": "ephemeral"})

        assert asked.request.messages[-1].content == (Text(text="a"), CachePoint())

    def test_without_messages(self) -> None:
        """A system prompt alone has no last message to mark."""
        asked = ask({"role": "system", "content": "a"}, cache_control={"type": "ephemeral"})

        assert asked.request.messages == ()


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "the request body is not valid JSON: Input data was truncated"),
            (b"{", "the request body is not valid JSON: Input data was truncated"),
            (b'{"model":"\xff"}', "the request body is not valid JSON: nested or encoded wrong"),
            (b"[" * 100_000, "the request body is invalid: expected `object`, got `array`"),
            (
                b'{"logit_bias":' + b"[" * 100_000,
                "the request body is not valid JSON: nested or encoded wrong",
            ),
            (b"[]", "the request body is invalid: expected `object`, got `array`"),
        ],
        ids=["empty", "cut", "bytes", "list", "deep", "array"],
    )
    def test_no_json(self, body: bytes, message: str) -> None:
        """A body that cannot be read is the client's fault, however odd (GATE-07)."""
        with pytest.raises(BadRequestError) as raised:
            decode_request(body)

        assert raised.value.message == message
        assert raised.value.param == ""

    def test_wrong_bytes_in_what_stays_unparsed(self) -> None:
        """A schema passes unparsed into a body that we sign: it must be UTF-8 at least."""
        body = b'{"messages":[],"tools":[{"function":{"name":"f","parameters":{"a":"\xff"}}}]}'

        with pytest.raises(BadRequestError, match="not valid JSON"):
            decode_request(body)

    @pytest.mark.parametrize(
        ("members", "message", "param"),
        [
            (
                {"temperature": "hot"},
                "temperature is invalid: expected `float | null`, got `str`",
                "temperature",
            ),
            ({"temperature": -0.1}, "temperature must be at least 0", "temperature"),
            ({"top_p": 1.5}, "top_p must be between 0 and 1", "top_p"),
            ({"n": 0}, "n must be between 1 and 8", "n"),
            ({"n": 9}, "n must be between 1 and 8", "n"),
            ({"max_tokens": 2**31}, "max_tokens must be at most 2147483647", "max_tokens"),
            (
                {"max_completion_tokens": 2**31},
                "max_completion_tokens must be at most 2147483647",
                "max_completion_tokens",
            ),
            (
                {"modalities": ["audio"]},
                "unsupported output modality: audio; only text is made",
                "modalities[0]",
            ),
            ({"service_tier": "gold"}, "unsupported service_tier: gold", "service_tier"),
            ({"messages": None}, "messages is required", "messages"),
            ({"messages": []}, "messages must contain at least one non-empty message", "messages"),
            ({"messages": [{"content": "a"}]}, "messages[0].role is required", "messages[0].role"),
            (
                {"messages": "hi"},
                "messages is invalid: expected `array | null`, got `str`",
                "messages",
            ),
        ],
    )
    def test_members(self, members: dict[str, Any], message: str, param: str) -> None:
        """A refusal names the member, in words and in `param`."""
        assert refusal(**members) == (message, param)

    def test_texts_stay_short(self) -> None:
        """A prompt in the wrong place does not become the text of an error, and of a log."""
        message, param = refusal({"role": "x" * 10_000})

        assert message == "unsupported message role: " + "x" * 274
        assert param == "messages[0].role"

    def test_place_is_told(self) -> None:
        """A person reads the text, a program reads `param`."""
        with pytest.raises(BadRequestError) as raised:
            ask(n=9)

        assert str(raised.value) == "outcrop: n must be between 1 and 8. See n."
        assert raised.value.status == 400


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = list(value.items())
    if isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(deep for key, each in inner for deep in _paths(each, (*path, key)))]


PATHS = _paths(EVERYTHING)[1:]


class TestLaws:
    @given(st.sampled_from(PATHS), json_values)
    def test_any_value_anywhere(self, path: tuple[Any, ...], value: Any) -> None:
        """Whatever a client writes is understood or refused by name; never our fault."""
        changed = copy.deepcopy(EVERYTHING)
        place: Any = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

        try:
            asked = decode_request(msgspec.json.encode(changed))
        except BadRequestError as error:
            assert error.message  # noqa: PT017 - both outcomes are right
        else:
            assert isinstance(asked, ChatRequest)

    @given(st.sampled_from(PATHS), st.text("abc.[", min_size=1, max_size=8), json_values)
    def test_any_member_anywhere(self, path: tuple[Any, ...], name: str, value: Any) -> None:
        """A member that nobody knows disturbs nothing, outside `bedrock` and kept JSON."""
        if path[0] in {"bedrock", "metadata"} or "schema" in path or "parameters" in path:
            return
        changed = copy.deepcopy(EVERYTHING)
        place: Any = changed
        for key in path:
            place = place[key]
        if not isinstance(place, dict) or "block" in place:
            return
        place["new " + name] = value

        asked = decode_request(msgspec.json.encode(changed))

        assert "new " + name in repr(asked)

    @given(st.text(), st.text())
    def test_any_text_survives(self, system: str, said: str) -> None:
        """Prompts are never altered (GATE-14)."""
        asked = ask({"role": "system", "content": system}, {"role": "user", "content": said})

        assert asked.request.system == (Text(text=system),)
        assert asked.request.messages[0].content == (Text(text=said),)
