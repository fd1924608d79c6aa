"""What the model says becomes events of the kind that Bedrock sends, and JSON that is whole."""

import msgspec
import pytest

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.smollm2_answer import plan
from outcrop.emulator.engines.smollm2_runtime import Finished, Output, Piece
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import CachePoint, Text
from outcrop.types.events import (
    BlockEnded,
    Event,
    MessageEnded,
    MessageStarted,
    Metadata,
    TextDelta,
    ToolDelta,
    ToolStarted,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling, TextFormat
from outcrop.types.responses import Response, Stop
from outcrop.types.tools import AnyChoice, Tool
from outcrop.types.usage import Usage

EOS = Finished(reason="eos", prompt_tokens=20, cached_tokens=15, output_tokens=3)
LIMIT = Finished(reason="limit", prompt_tokens=20, output_tokens=5)
ASKED = Request(model="any", messages=(Message(role="user", content=(Text(text="Add 1 and 2"),)),))
ADD = Tool(
    name="add",
    input_schema=msgspec.Raw(
        b'{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}'
    ),
)
CALLING = msgspec.structs.replace(ASKED, tools=(ADD,), tool_choice=AnyChoice())
FORMATTED = msgspec.structs.replace(
    ASKED, text_format=TextFormat(schema='{"type":"array","items":{"type":"integer"}}')
)
ENDLESS = (
    b'{"$defs":{"a":{"properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"]}},"$ref":"#/$defs/a"}'
)


def _events(request: Request, *outputs: Output) -> list[Event]:
    answer = plan(request).answer
    return [event for output in outputs for event in answer.take(output)]


def _response(request: Request, *outputs: Output) -> Response:
    fold = Accumulator()
    for event in _events(request, *outputs):
        fold.add(event)
    return fold.response()


def _limited(request: Request, max_tokens: int) -> Request:
    return msgspec.structs.replace(request, sampling=Sampling(max_tokens=max_tokens))


def test_text_is_passed_on_as_it_comes() -> None:
    """The answer begins when the model begins to read, not when it has written."""
    events = _events(ASKED, Piece(""), Piece("Hel"), Piece("lo"), Piece(""), EOS)

    assert events == [
        MessageStarted(),
        TextDelta(index=0, text="Hel"),
        TextDelta(index=0, text="lo"),
        BlockEnded(index=0),
        MessageEnded(stop=Stop(kind="stop", raw="end_turn")),
        Metadata(usage=Usage(input_tokens=20, output_tokens=3, total_tokens=23)),
    ]


def test_a_model_that_says_nothing_has_answered() -> None:
    response = _response(ASKED, Piece(""), EOS)

    assert (response.content, response.stop.raw) == ((), "end_turn")


@pytest.mark.parametrize(
    ("request_", "finished", "expected"),
    [
        pytest.param(ASKED, EOS, Stop(kind="stop", raw="end_turn"), id="end"),
        pytest.param(
            ASKED,
            Finished(reason="word", stop_sequence="END", output_tokens=3),
            Stop(kind="stop", raw="stop_sequence", sequence="END"),
            id="stop-sequence",
        ),
        pytest.param(
            _limited(ASKED, 5), LIMIT, Stop(kind="length", raw="max_tokens"), id="callers-limit"
        ),
        pytest.param(
            _limited(ASKED, 6),
            LIMIT,
            Stop(kind="length", raw="model_context_window_exceeded"),
            id="context-is-full",
        ),
    ],
)
def test_why_text_ended(request_: Request, finished: Finished, expected: Stop) -> None:
    assert _response(request_, Piece("x"), finished).stop == expected


def test_the_matched_sequence_is_given_where_it_is_asked_for() -> None:
    asked = msgspec.structs.replace(
        ASKED, additional_model_response_field_paths=("/stop_sequence",)
    )

    stopped = _response(asked, Finished(reason="word", stop_sequence="END"))
    ended = _response(asked, EOS)

    assert bytes(stopped.additional_response_fields or b"") == b'{"stop_sequence":"END"}'
    assert bytes(ended.additional_response_fields or b"") == b'{"stop_sequence":null}'


def test_cache_is_counted_where_it_is_asked_for() -> None:
    """The runtime always keeps prompts; a caller who asked for no cache is not told of one."""
    cached = msgspec.structs.replace(ASKED, system=(Text(text="Be brief."), CachePoint()))

    usage = _response(cached, EOS).usage

    assert usage == Usage(
        input_tokens=5,
        output_tokens=3,
        total_tokens=23,
        cache_read_tokens=15,
        cache_write_tokens=0,
    )


def test_arguments_are_held_back_until_they_are_whole() -> None:
    """A fragment that was sent cannot be taken back."""
    task = plan(CALLING)
    before = [*task.answer.take(Piece('{"a"')), *task.answer.take(Piece(":1}"))]

    after = list(task.answer.take(EOS))

    assert before == [MessageStarted()]
    started = after[0]
    assert isinstance(started, ToolStarted)
    assert started.name == "add"
    assert started.id.startswith("tooluse_")
    assert after[1:4] == [
        ToolDelta(index=0, arguments='{"a"', id=started.id),
        ToolDelta(index=0, arguments=":1}", id=started.id),
        BlockEnded(index=0),
    ]
    assert after[4] == MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use"))


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        pytest.param([Piece('{"a":"x"}'), EOS], b'{"a":0}', id="a-part-is-wrong"),
        pytest.param(
            [Piece('{"a":12'), Finished(reason="limit", output_tokens=512)],
            b'{"a":0}',
            id="our-own-limit-cut-it",
        ),
    ],
)
def test_arguments_are_mended(outputs: list[Output], expected: bytes) -> None:
    """A caller's program that parses arguments must not fail because the model is small."""
    response = _response(CALLING, *outputs)

    assert [bytes(call.arguments) for call in response.tool_calls] == [expected]
    assert response.stop.raw == "tool_use"


def test_what_the_callers_limit_cuts_stays_cut() -> None:
    """As on Bedrock: whoever gives too few tokens sees that they were too few."""
    response = _response(_limited(CALLING, 5), Piece('{"a":12'), LIMIT)

    assert response.tool_calls[0].arguments_error
    assert bytes(response.tool_calls[0].arguments) == b'"{\\"a\\":12"'
    assert response.stop == Stop(kind="length", raw="max_tokens")


def test_an_answer_in_a_format() -> None:
    whole = _response(FORMATTED, Piece("[1,"), Piece("2]"), EOS)
    mended = _response(FORMATTED, Piece("[1,"), EOS)
    stopped = _response(FORMATTED, Piece("[1,"), Finished(reason="word", stop_sequence="2"))

    assert (whole.text, whole.stop.raw) == ("[1,2]", "end_turn")
    assert (mended.text, mended.stop.raw) == ("[0]", "end_turn")
    assert (stopped.text, stopped.stop.raw) == ("[1,", "stop_sequence")


def test_json_that_cannot_be_mended_is_called_malformed() -> None:
    """Nothing that validates is known: what was written is shown, under AWS's word for it."""
    schema = '{"type":"object","patternProperties":{"^x$":{"const":1}},"minProperties":1,'
    asked = msgspec.structs.replace(
        ASKED, text_format=TextFormat(schema=schema + '"additionalProperties":false}')
    )

    response = _response(asked, Piece("{}"), EOS)

    assert response.text == "{}"
    assert response.stop == Stop(kind="error", raw="malformed_model_output")


def test_the_model_is_asked_for_the_tools_arguments() -> None:
    """It is told the name in words, held to the schema, and no stop sequence cuts JSON in two."""
    request = msgspec.structs.replace(CALLING, sampling=Sampling(stop_sequences=("a",)))

    body = plan(request).body

    assert "Call the function add with JSON arguments: a." in body["prompt"]
    assert body["grammar"].startswith("%llguidance {}\nstart: %json {")
    assert (body["stop"], body["repeat_penalty"]) == ([], 1.01)


def test_the_model_is_asked_for_text() -> None:
    body = plan(ASKED).body

    assert body["prompt"].endswith("Add 1 and 2<|im_end|>\n<|im_start|>assistant\n")
    assert "grammar" not in body


def test_any_json_means_an_object() -> None:
    request = msgspec.structs.replace(ASKED, text_format=TextFormat(type="json_object"))

    body = plan(request).body

    assert "Answer in JSON." in body["prompt"]
    assert '"type":"object"' in body["grammar"]


def test_a_schema_without_a_value_is_refused() -> None:
    """Before the answer has begun, so that it can still be a 400."""
    tool = Tool(name="endless", input_schema=msgspec.Raw(ENDLESS))
    request = msgspec.structs.replace(ASKED, tools=(tool,), tool_choice=AnyChoice())

    with pytest.raises(EngineRefusal, match="no value for the JSON schema of tool endless"):
        plan(request)
