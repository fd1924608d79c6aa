"""Lines of a batch: what is asked, and which answer belongs to it."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.codecs.jobs.records import encode_record
from outcrop.errors import BadRequestError, RateLimitError, WireError
from outcrop.flow.records import BatchAnswer, read_lines
from tests.client.told import Act, each_client

ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "A rock."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
}


def read(*records: Any, is_converse: bool = True) -> tuple[BatchAnswer, ...]:
    data = b"\r\n".join(msgspec.json.encode(record) for record in records)
    return read_lines(b"\n" + data + b"\n\n", is_converse=is_converse)


@each_client
def test_line(act: Act) -> None:
    """The Converse body alone: the model is named when the batch is created."""
    done = act(
        lambda client: client.batches.line(
            "1", "What is\nslate?", model="amazon.nova-lite-v1:0", max_tokens=9, system="Be brief."
        )
    )

    line = done.value
    assert done.requests == ()
    assert (line.record_id, line.adjustments) == ("1", ())
    assert line.data.endswith(b"}\n")
    assert line.data.count(b"\n") == 1
    assert json.loads(line.data) == {
        "recordId": "1",
        "modelInput": {
            "messages": [{"role": "user", "content": [{"text": "What is\nslate?"}]}],
            "system": [{"text": "Be brief."}],
            "inferenceConfig": {"maxTokens": 9},
        },
    }


@each_client
def test_line_tells_its_repairs(act: Act) -> None:
    """A batch is repaired as a call is, and says so."""
    done = act(lambda client: client.batches.line("1", "Hi", model="amazon.nova-lite-v1:0", seed=3))

    assert [change.rule for change in done.value.adjustments] == ["unsupported_parameter"]


@each_client
def test_line_tells_how_its_model_was_read(act: Act) -> None:
    """The batch must be created for the model that its lines were written for."""
    done = act(lambda client: client.batches.line("1", "Hi", model="claude-sonnet-4-20250514"))

    (change,) = done.value.adjustments
    assert change.rule == "model_resolved"


@each_client
def test_line_without_an_id(act: Act) -> None:
    with pytest.raises(BadRequestError, match="the record has no id"):
        act(lambda client: client.batches.line("", "Hi", model="amazon.nova-lite-v1:0"))


def test_a_body_of_several_lines_becomes_one() -> None:
    """A line break in a record would be the end of it; within a text it is written as such."""
    line = encode_record("1", b'{\n  "inputText": "a\\nb",\n  "x": 1.50\n}')

    assert line == b'{"recordId":"1","modelInput":{"inputText":"a\\nb","x":1.50}}\n'


def test_answers_are_matched_by_their_ids() -> None:
    """AWS gives them in any order, with what was asked beside them."""
    later, sooner = read(
        {"recordId": "2", "modelInput": {"messages": []}, "modelOutput": ANSWER},
        {"recordId": "1", "modelOutput": {**ANSWER, "stopReason": "max_tokens"}},
    )

    assert (later.record_id, sooner.record_id) == ("2", "1")
    assert later.response is not None
    assert sooner.response is not None
    assert (later.response.text, later.response.finish_reason) == ("A rock.", "stop")
    assert sooner.response.finish_reason == "length"
    assert later.response.usage is not None
    assert later.response.usage.output_tokens == 4
    assert later.error is None


def test_a_record_may_fail() -> None:
    """One record's error is no reason to lose the others."""
    throttled, unreadable, silent, well = read(
        {"recordId": "1", "error": {"errorCode": 429, "errorMessage": "slow down"}},
        {"recordId": "2", "modelOutput": {"stopReason": 7}},
        {"recordId": "3"},
        {"recordId": "4", "modelOutput": ANSWER},
    )

    assert isinstance(throttled.error, RateLimitError)
    assert (throttled.error.aws_message, throttled.response) == ("slow down", None)
    assert isinstance(unreadable.error, WireError)
    assert unreadable.output is not None
    assert isinstance(silent.error, WireError)
    assert silent.error.message == "The record has neither an answer nor an error"
    assert well.error is None


def test_native_answers_stay_as_they_are() -> None:
    (answer,) = read(
        {"recordId": "1", "modelOutput": {"results": [{"outputText": "blue"}]}}, is_converse=False
    )

    assert (answer.response, answer.error) == (None, None)
    assert answer.output is not None
    assert bytes(answer.output) == b'{"results":[{"outputText":"blue"}]}'


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"\xff", b'{"recordId":1}'])
def test_no_record(line: bytes) -> None:
    with pytest.raises(WireError, match="line 2 is no record of a batch"):
        read_lines(b'{"recordId":"1"}\n' + line, is_converse=True)
