"""OpenAI's own SDK, unchanged, against the gateway: sync and async."""

import base64
import json
from typing import Any, NamedTuple

import openai
import pytest
from pydantic import BaseModel

from tests.gateway.sdk import Awaiting, Blocking, Sdk
from tests.gateway.stage import MODEL, Stage, saying, scripted

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 92
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    for name, description in (
        ("get_weather", "Tells the weather"),
        ("get_time", "Tells the time"),
    )
]


@pytest.fixture(params=[Blocking, Awaiting], ids=["sync", "async"])
def sdk(request: pytest.FixtureRequest, gateway_url: str) -> Sdk:
    form: type[Blocking | Awaiting] = request.param
    return form(gateway_url)


def ask(*said: Any) -> dict[str, Any]:
    """Return what every call needs: a model, and what the user says."""
    return {"model": MODEL, "messages": [{"role": "user", "content": each} for each in said]}


def choice_of(sdk: Sdk, how: str, **options: Any) -> Any:
    """Return the first answer of a call, folded where it came as a stream."""
    whole = sdk.fold(**options)[1] if how == "stream" else sdk.create(**options)
    return whole.choices[0]


def error(sdk: Sdk, how: str, **options: Any) -> Any:
    """Return the exception that a call ends in."""
    with pytest.raises(openai.APIStatusError) as caught:
        (sdk.chunks if how == "stream" else sdk.create)(**options)
    return caught.value


class Refused(NamedTuple):
    """What AWS says, and what the SDK makes of it."""

    status: int
    name: str
    kind: type[openai.APIStatusError]
    answered: int
    code: str | None


def test_whole(sdk: Sdk) -> None:
    answer = sdk.create(**ask("Hello, world"))

    assert answer.model == MODEL
    assert answer.id.startswith("chatcmpl-")
    assert answer.object == "chat.completion"
    (choice,) = answer.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "Hello, world")
    assert choice.finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens == 5


def test_whole_tells_how_it_came_about(sdk: Sdk) -> None:
    """Whoever debugs a request finds AWS's own id and the engine in the answer."""
    answer = sdk.create(**ask("Hello, world"))

    facts = answer.to_dict()["outcrop"]

    assert isinstance(facts, dict)
    assert answer.id == f"chatcmpl-{facts['request_id']}"
    assert facts["resolved_model"] == MODEL
    assert facts["region"] == "us-east-1"
    assert facts["stop_reason"] == "end_turn"
    assert facts["served_by"] == "stage"


def test_stream(sdk: Sdk) -> None:
    chunks = sdk.chunks(**ask("Hello, world"))

    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == "Hello, world"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    assert {chunk.model for chunk in chunks} == {MODEL}
    assert len({chunk.id for chunk in chunks}) == 1
    assert not any(chunk.usage for chunk in chunks)


def test_stream_counts_tokens_where_asked(sdk: Sdk) -> None:
    """Usage stands in a last chunk of its own, without a choice, as OpenAI sends it."""
    chunks = sdk.chunks(**ask("Hello, world"), stream_options={"include_usage": True})

    *before, last = chunks
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.completion_tokens == 5
    assert last.usage.total_tokens == last.usage.prompt_tokens + 5
    assert not any(chunk.usage for chunk in before)


def test_stream_helper(sdk: Sdk) -> None:
    kinds, answer = sdk.fold(**ask("Hello, world"), stream_options={"include_usage": True})

    assert "content.delta" in kinds
    assert kinds.count("content.done") == 1
    assert answer.choices[0].message.content == "Hello, world"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 5


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_parallel_tools(sdk: Sdk, how: str) -> None:
    """Two calls of one turn keep apart: each index, id, name and arguments of its own."""
    choice = choice_of(sdk, how, **ask("Call get_weather and get_time"), tools=TOOLS)

    calls = choice.message.tool_calls or []
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert [call.type for call in calls] == ["function", "function"]
    functions = [call.to_dict()["function"] for call in calls]
    assert [function["name"] for function in functions] == ["get_weather", "get_time"]
    assert [list(json.loads(function["arguments"])) for function in functions] == [
        ["city"],
        ["city"],
    ]
    assert len({call.id for call in calls}) == 2


def test_stream_counts_calls_from_zero(sdk: Sdk, stage: Stage) -> None:
    """Clients join fragments by index: text in front of a call must not shift it."""
    stage.acts["count from zero"] = scripted(
        """
        rules:
          - reply:
              content:
                - text: Let me see.
                - toolUse: {toolUseId: t1, name: get_weather, input: {city: Paris}}
                - toolUse: {toolUseId: t2, name: get_time, input: {city: Rome}}
        """
    )

    chunks = sdk.chunks(**ask("count from zero"), tools=TOOLS)

    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert [(call.index, call.id) for call in calls if call.id] == [(0, "t1"), (1, "t2")]
    joined = ["", ""]
    for call in calls:
        joined[call.index] += (call.function and call.function.arguments) or ""
    assert [json.loads(each) for each in joined] == [{"city": "Paris"}, {"city": "Rome"}]


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_tool_loop(sdk: Sdk, how: str) -> None:
    """An agent's loop comes to its end: calls, results, and then words."""
    messages: list[Any] = [{"role": "user", "content": "Call get_weather and get_time"}]

    first = choice_of(sdk, how, model=MODEL, messages=messages, tools=TOOLS)
    messages.append(first.message.to_dict())
    for call in first.message.tool_calls:
        result = {"role": "tool", "tool_call_id": call.id, "content": f"42 by {call.id}"}
        messages.append(result)
    second = choice_of(sdk, how, model=MODEL, messages=messages, tools=TOOLS)

    weather, time = (call.id for call in first.message.tool_calls)
    assert second.finish_reason == "stop"
    assert second.message.content == f"get_weather: 42 by {weather}\nget_time: 42 by {time}"


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        pytest.param("none", [], id="none"),
        pytest.param("required", ["get_weather"], id="required"),
        pytest.param(
            {"type": "function", "function": {"name": "get_time"}}, ["get_time"], id="named"
        ),
    ],
)
def test_tool_choice(sdk: Sdk, choice: Any, names: list[str]) -> None:
    answer = sdk.create(**ask("Hello"), tools=TOOLS, tool_choice=choice)

    calls = answer.choices[0].message.tool_calls or []
    assert [call.to_dict()["function"]["name"] for call in calls] == names  # type: ignore[index]


def test_image(sdk: Sdk) -> None:
    """A picture in a data URL reaches the model as its bytes."""
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"

    answer = sdk.create(**ask([{"type": "image_url", "image_url": {"url": url}}]))

    assert answer.choices[0].message.content == "[image png, 100 bytes]"


class Capital(BaseModel):
    """What structured output shall look like."""

    name: str
    inhabitants: int


def test_structured_output(sdk: Sdk) -> None:
    """The SDK's own parser takes the answer: it is JSON, and fits the schema."""
    answer = sdk.parse(**ask("Which capital?"), response_format=Capital)

    assert isinstance(answer.choices[0].message.parsed, Capital)


def test_structured_output_streamed(sdk: Sdk) -> None:
    _, answer = sdk.fold(**ask("Which capital?"), response_format=Capital)

    assert isinstance(answer.choices[0].message.parsed, Capital)


@pytest.mark.parametrize("how", ["whole", "stream"])
@pytest.mark.parametrize("model", ["emu.echo", MODEL])
def test_any_json(sdk: Sdk, how: str, model: str) -> None:
    """Converse has no word for ``json_object``: a tool stands for it, and nobody sees the tool."""
    asked = ask("Give me JSON") | {"model": model, "response_format": {"type": "json_object"}}

    choice = choice_of(sdk, how, **asked)

    assert isinstance(json.loads(choice.message.content), dict)
    assert choice.finish_reason == "stop"
    assert not choice.message.tool_calls


def test_two_answers(sdk: Sdk) -> None:
    """Bedrock gives one answer a call: two are two calls, and their tokens are one sum."""
    one = sdk.create(**ask("Hello, world"))
    two = sdk.create(**ask("Hello, world"), n=2)

    assert [choice.index for choice in two.choices] == [0, 1]
    assert [choice.message.content for choice in two.choices] == ["Hello, world"] * 2
    assert one.usage is not None
    assert two.usage is not None
    assert two.usage.prompt_tokens == 2 * one.usage.prompt_tokens
    assert two.usage.completion_tokens == 2 * one.usage.completion_tokens


def test_two_answers_streamed(sdk: Sdk) -> None:
    options = ask("Hello, world") | {"n": 2, "stream_options": {"include_usage": True}}

    chunks = sdk.chunks(**options)
    _, folded = sdk.fold(**options)

    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.usage.completion_tokens for chunk in chunks if chunk.usage] == [10]
    assert [choice.message.content for choice in folded.choices] == ["Hello, world"] * 2
    assert [choice.finish_reason for choice in folded.choices] == ["stop", "stop"]


def test_stop(sdk: Sdk) -> None:
    answer = sdk.create(**ask("one two three"), stop=[" three"])

    assert answer.choices[0].message.content == "one two"
    assert answer.choices[0].finish_reason == "stop"


def test_max_tokens(sdk: Sdk) -> None:
    answer = sdk.create(**ask("one two three"), max_completion_tokens=2)

    assert answer.choices[0].message.content == "one two"
    assert answer.choices[0].finish_reason == "length"


def test_system_prompt(sdk: Sdk, stage: Stage) -> None:
    """Prompts arrive as they were written."""
    messages = [
        {"role": "developer", "content": "  Be brief.\n"},
        {"role": "user", "content": "of the system prompt"},
    ]

    sdk.create(model=MODEL, messages=messages)

    said = [each for each in stage.asked if "of the system prompt" in str(each.messages)]
    assert [getattr(block, "text", None) for block in said[-1].system] == ["  Be brief.\n"]


@pytest.mark.parametrize("how", ["whole", "stream"])
@pytest.mark.parametrize(
    "refused",
    [
        Refused(400, "ValidationException", openai.BadRequestError, 400, None),
        Refused(
            403, "UnrecognizedClientException", openai.AuthenticationError, 401, "invalid_api_key"
        ),
        Refused(403, "AccessDeniedException", openai.PermissionDeniedError, 403, "access_denied"),
        Refused(404, "ResourceNotFoundException", openai.NotFoundError, 404, "model_not_found"),
        Refused(429, "ThrottlingException", openai.RateLimitError, 429, "rate_limit_exceeded"),
        Refused(
            400, "ServiceQuotaExceededException", openai.RateLimitError, 429, "insufficient_quota"
        ),
        Refused(429, "ModelNotReadyException", openai.InternalServerError, 503, "model_not_ready"),
        Refused(408, "ModelTimeoutException", openai.InternalServerError, 504, "timeout"),
        Refused(424, "ModelErrorException", openai.InternalServerError, 502, "model_error"),
        Refused(500, "InternalServerException", openai.InternalServerError, 500, "provider_error"),
        Refused(503, "ServiceUnavailableException", openai.InternalServerError, 503, "overloaded"),
    ],
    ids=lambda refused: refused.name,
)
def test_refusals(sdk: Sdk, stage: Stage, how: str, refused: Refused) -> None:
    """What AWS refuses is the SDK's own exception, streamed or not: nothing was sent yet."""
    rule = f"status: {refused.status}, name: {refused.name}, message: Not today"
    stage.acts[f"refuse by {refused.name}"] = scripted(f"rules: [{{error: {{{rule}}}}}]")

    caught = error(sdk, how, **ask(f"refuse by {refused.name}"))

    assert type(caught) is refused.kind
    assert caught.status_code == refused.answered
    assert caught.code == refused.code
    assert "Not today" in caught.message
    assert caught.response.headers["x-amzn-requestid"]


def test_retry_after(sdk: Sdk, stage: Stage) -> None:
    """AWS's own advice reaches the client, which waits by it; never less than it says."""
    stage.acts["throttled"] = scripted(
        "rules: [{error: {status: 429, name: ThrottlingException, message: m, retry_after_s: 2}}]"
    )

    caught = error(sdk, "whole", **ask("throttled"))

    assert caught.response.headers["retry-after"] == "2"


@pytest.mark.parametrize("how", ["whole", "stream"])
@pytest.mark.parametrize(
    ("options", "param", "text"),
    [
        pytest.param(
            {"messages": [{"role": "wizard", "content": "x"}]},
            "messages[0].role",
            "unsupported message role: wizard",
            id="role",
        ),
        pytest.param(
            {"messages": [{"role": "tool", "content": "x"}]},
            "messages[0].tool_call_id",
            "tool message is missing tool_call_id",
            id="tool_call_id",
        ),
        pytest.param(
            {**ask("x"), "tool_choice": "perhaps", "tools": TOOLS},
            "tool_choice",
            "unsupported tool_choice",
            id="tool_choice",
        ),
        pytest.param({**ask("x"), "n": 9}, "n", "n must be between 1 and 8", id="n"),
        pytest.param({**ask("x"), "model": ""}, "model", "model", id="model"),
    ],
)
def test_bad_requests_name_the_member(
    sdk: Sdk, how: str, options: dict[str, Any], param: str, text: str
) -> None:
    """A developer who gets a 400 must see which member is at fault (OAI-19)."""
    caught = error(sdk, how, **({"model": MODEL} | options))

    assert type(caught) is openai.BadRequestError
    assert caught.param == param
    assert text in caught.message


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_unknown_model(sdk: Sdk, how: str) -> None:
    """A mistyped id is answered with the ids that were probably meant."""
    caught = error(sdk, how, **(ask("x") | {"model": "us.anthropic.claude-haiku-4-5-v1:0"}))

    assert type(caught) is openai.NotFoundError
    assert (caught.code, caught.param) == ("model_not_found", "model")
    assert f"nearest ids: {MODEL}" in caught.message


def test_models(sdk: Sdk) -> None:
    models = {model.id: model for model in sdk.models()}

    model = models[MODEL]
    assert model.object == "model"
    assert model.owned_by == "anthropic"
    facts = model.to_dict()
    assert facts["modes"] == ["chat"]
    assert {"streaming", "tools", "image_input"} <= {*facts["capabilities"]}  # type: ignore[misc]
    assert facts["lifecycle"] == "active"
    assert facts["source"] == "api"


def test_models_are_callable(sdk: Sdk) -> None:
    """What is listed can be used: the bare id of a model that needs a profile is not there."""
    names = {model.id for model in sdk.models()}

    assert MODEL in names
    assert MODEL.removeprefix("us.") not in names


def test_model(sdk: Sdk) -> None:
    """Ids hold colons, and the SDK encodes them in the path."""
    model = sdk.model(MODEL)

    assert model.id == MODEL


def test_model_that_is_not_there(sdk: Sdk) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.model("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/none")

    assert caught.value.code == "model_not_found"
    assert "application-inference-profile/none is not listed here" in caught.value.message


def test_answer_that_was_cut(sdk: Sdk, stage: Stage) -> None:
    """Half a body is not an answer: the client must not take it for one."""
    stage.acts["cut the body"] = scripted(
        "rules: [{reply: {content: [{text: One two three}]}, fault: {after: 2, cut: true}}]"
    )

    caught = error(sdk, "whole", **ask("cut the body"))

    assert type(caught) is openai.InternalServerError
    assert caught.status_code == 502


def test_conversation_goes_on(sdk: Sdk, stage: Stage) -> None:
    stage.acts["and then"] = saying("more")
    messages = [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "second"},
        {"role": "user", "content": "and then"},
    ]

    answer = sdk.create(model=MODEL, messages=messages)

    assert answer.choices[0].message.content == "more"
    assert [message.role for message in stage.asked[-1].messages] == ["user", "assistant", "user"]
