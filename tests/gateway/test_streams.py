"""What happens while an answer is under way: it arrives, breaks off, is left, is waited for."""

import logging
import socket
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

import openai as sdk
import pytest
from openai import OpenAI

from outcrop.emulator.engines.interface import Step
from outcrop.types.requests import Request
from tests.gateway.stage import MODEL, Act, Gate, Stage, gateway, saying, scripted
from tests.gateway.wire import fetch, opened, question, request, text_of


class Broken(NamedTuple):
    """How a stream breaks, and what the client is told."""

    fault: str
    type: str
    code: str | None


BROKEN = [
    Broken(
        "exception: {name: InternalServerException, message: m}", "server_error", "provider_error"
    ),
    Broken(
        "exception: {name: ModelStreamErrorException, message: m, original_status: 500}",
        "server_error",
        "model_error",
    ),
    Broken("exception: {name: ModelTimeoutException, message: m}", "server_error", "timeout"),
    Broken(
        "exception: {name: ServiceUnavailableException, message: m}", "server_error", "overloaded"
    ),
    Broken(
        "exception: {name: ThrottlingException, message: m}",
        "rate_limit_error",
        "rate_limit_exceeded",
    ),
    Broken("exception: {name: ValidationException, message: m}", "invalid_request_error", None),
    Broken("cut: true", "server_error", "provider_error"),
    Broken("crc: true", "server_error", "provider_error"),
]


def breaking(fault: str) -> Act:
    """Return an act that says two words of four, and breaks."""
    reply = "reply: {content: [{text: one two three four}]}"
    return scripted(f"rules: [{{{reply}, fault: {{after: 3, {fault}}}}}]")


def in_turn(*acts: Act) -> Act:
    """Return an act that is another one at every call."""
    left = iter(acts)

    def act(asked: Request) -> AsyncGenerator[Step, None]:
        return next(left)(asked)

    return act


def test_each_piece_arrives_when_it_is_said(stage: Stage, gateway_url: str) -> None:
    """The first word is read before the engine has said the second; nothing waits for more."""
    gate = Gate()
    stage.acts["piece by piece"] = saying("one", gate, " two")

    with opened(question(gateway_url, "piece by piece", stream=True)) as reply:
        first = reply.until('"one"')
        gate.open()
        events = reply.events()

    assert " two" not in first
    assert text_of(events) == "one two"
    assert events[-1] == "[DONE]"


def test_others_are_answered_meanwhile(stage: Stage, gateway_url: str) -> None:
    """An answer that takes its time holds up nobody else."""
    gate = Gate()
    stage.acts["take your time"] = saying("one", gate, " two")

    with opened(question(gateway_url, "take your time", stream=True)) as slow:
        slow.until('"one"')
        quick = fetch(question(gateway_url, "quick"))
        gate.open()
        slow.rest()

    assert quick.status == 200
    assert b'"content":"quick"' in quick.body


def test_head_of_a_stream(gateway_url: str) -> None:
    """No proxy on the way may keep an event to itself (GATE-08, GATE-10)."""
    asked = question(
        gateway_url, "head", headers=(("X-Request-Id", "my-request"),), stream=True, store=True
    )

    with opened(asked) as reply:
        reply.rest()

    assert reply.status == 200
    told = {
        name: reply.headers[name]
        for name in (
            "content-type",
            "cache-control",
            "x-accel-buffering",
            "x-request-id",
            "x-outcrop-model",
            "x-outcrop-api",
            "x-outcrop-region",
            "x-outcrop-adjustments",
            "x-outcrop-engine",
        )
    }
    assert told == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
        "x-request-id": "my-request",
        "x-outcrop-model": MODEL,
        "x-outcrop-api": "converse",
        "x-outcrop-region": "us-east-1",
        "x-outcrop-adjustments": "ignored_parameter",
        "x-outcrop-engine": "stage",
    }
    assert len(reply.headers["x-amzn-requestid"]) == 36


def test_head_of_a_whole_answer(gateway_url: str) -> None:
    reply = fetch(question(gateway_url, "head", store=True))

    headers = dict(reply.headers)
    assert headers["content-type"] == "application/json"
    assert len(headers["x-request-id"]) == 32
    assert headers["x-outcrop-model"] == MODEL
    assert headers["x-outcrop-adjustments"] == "ignored_parameter"
    assert f'"id":"chatcmpl-{headers["x-amzn-requestid"]}"'.encode() in reply.body


def test_warnings_stand_in_the_head(stage: Stage, gateway_url: str) -> None:
    """A call whose arguments were cut off can be seen without reading the body."""
    stage.acts["half a call"] = scripted(
        """
        rules:
          - reply:
              content: [{toolUse: {toolUseId: t1, name: f, input: "{\\"a\\": "}}]
              stopReason: max_tokens
        """
    )

    reply = fetch(question(gateway_url, "half a call"))

    assert dict(reply.headers)["x-outcrop-warnings"].startswith("tool call t1 of f: ")


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.fault.split(",")[0])
def test_what_breaks_off_says_so(stage: Stage, gateway_url: str, broken: Broken) -> None:
    """A stream that broke must not look like a short answer (OAI-18)."""
    stage.acts[broken.fault] = breaking(broken.fault)

    with opened(question(gateway_url, broken.fault, stream=True)) as reply:
        events = reply.events()

    assert reply.status == 200
    assert text_of(events) == "one two"
    error = events[-1]["error"]
    assert (error["type"], error["code"]) == (broken.type, broken.code)
    assert error["message"].startswith("outcrop: ")
    assert not any(choice["finish_reason"] for each in events[:-1] for choice in each["choices"])


def test_sdk_raises_what_broke_off(stage: Stage, openai: OpenAI) -> None:
    """OpenAI's client does not take half an answer for a whole one."""
    stage.acts["break the SDK"] = breaking(BROKEN[1].fault)
    heard: list[str] = []

    def hear() -> None:
        stream = openai.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "break the SDK"}], stream=True
        )
        heard.extend(chunk.choices[0].delta.content or "" for chunk in stream)

    with pytest.raises(sdk.APIError) as caught:
        hear()

    assert "".join(heard) == "one two"
    assert caught.value.code == "model_error"
    assert caught.value.type == "server_error"


def test_before_the_first_word_an_error_has_a_status(stage: Stage, gateway_url: str) -> None:
    """What fails at once is no stream at all: clients retry by status."""
    stage.acts["at once"] = scripted(
        """
        rules:
          - reply: {content: [{text: one}]}
            fault: {after: 1, exception: {name: ThrottlingException, message: m}}
        """
    )

    reply = fetch(question(gateway_url, "at once", stream=True))

    assert reply.status == 429
    assert b'"code":"rate_limit_exceeded"' in reply.body


def test_one_of_two_breaks(stage: Stage, gateway_url: str) -> None:
    """The error ends the stream of both, and the other call is not left running."""
    gate = Gate()
    stage.acts["two, one breaks"] = in_turn(saying("well", gate), breaking("cut: true"))

    with opened(question(gateway_url, "two, one breaks", stream=True, n=2)) as reply:
        events = reply.events()

    assert events[-1]["error"]["code"] == "provider_error"
    assert {text_of(events, 0), text_of(events, 1)} == {"well", "one two"}
    assert gate.left()


def test_one_of_two_is_refused(stage: Stage, gateway_url: str) -> None:
    gate = Gate()
    refusal = "rules: [{error: {status: 503, name: ServiceUnavailableException, message: m}}]"
    stage.acts["two, one refused"] = in_turn(saying(gate), scripted(refusal))

    reply = fetch(question(gateway_url, "two, one refused", n=2))

    assert reply.status == 503
    assert gate.left()


@pytest.mark.parametrize("n", [1, 2])
def test_who_leaves_a_stream_stops_it(stage: Stage, gateway_url: str, n: int) -> None:
    """Bedrock bills for every token that is made for nobody."""
    gates = [Gate() for _ in range(n)]
    stage.acts[f"leave {n}"] = in_turn(*(saying("one", gate) for gate in gates))

    with opened(question(gateway_url, f"leave {n}", stream=True, n=n)) as reply:
        reply.until('"one"')
        assert all(gate.reached() for gate in gates)
        reply.leave()

        assert all(gate.left() for gate in gates)


@pytest.mark.parametrize("n", [1, 2])
def test_who_leaves_before_the_answer_stops_it(stage: Stage, gateway_url: str, n: int) -> None:
    """An unstreamed call is broken off too, though nothing of its answer was sent."""
    gates = [Gate() for _ in range(n)]
    stage.acts[f"leave early {n}"] = in_turn(*(saying(gate) for gate in gates))
    asked = question(gateway_url, f"leave early {n}", n=n)
    head = f"POST {asked.target} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(asked.body)}\r\n\r\n"

    with socket.create_connection((asked.origin.host, asked.origin.port)) as client:
        client.sendall(head.encode() + asked.body)
        assert all(gate.reached() for gate in gates)

    assert all(gate.left() for gate in gates)


def test_who_leaves_before_the_first_word_stops_it(stage: Stage, gateway_url: str) -> None:
    gate = Gate()
    stage.acts["leave at once"] = saying(gate)
    asked = question(gateway_url, "leave at once", stream=True)
    head = f"POST {asked.target} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(asked.body)}\r\n\r\n"

    with socket.create_connection((asked.origin.host, asked.origin.port)) as client:
        client.sendall(head.encode() + asked.body)
        assert gate.reached()

    assert gate.left()


@pytest.fixture(scope="module")
def restless_url(emulator_url: str) -> Any:
    """A gateway that cannot bear silence."""
    with gateway(emulator_url, ping_every_s=0.02) as url:
        yield url


def test_silence_is_filled(stage: Stage, restless_url: str) -> None:
    """Whoever stands between may close what is idle; a comment keeps it open (GATE-10)."""
    gate = Gate()
    stage.acts["silence"] = saying("one", gate, " two")

    with opened(question(restless_url, "silence", stream=True)) as reply:
        reply.until('"one"')
        reply.until(": ping\n\n: ping\n\n")
        gate.open()
        events = reply.events()

    assert text_of(events) == "one two"
    assert events[-1] == "[DONE]"


def test_silence_before_the_first_word_is_filled(stage: Stage, restless_url: str) -> None:
    """A model that thinks for a minute must not lose its client to a proxy's patience."""
    gate = Gate()
    stage.acts["think first"] = saying(gate, "one")

    with opened(question(restless_url, "think first", stream=True)) as reply:
        before = reply.until(": ping\n\n")
        gate.open()
        events = reply.events()

    assert reply.status == 200
    assert before.replace(": ping\n\n", "") == ""
    assert text_of(events) == "one"
    assert events[-1] == "[DONE]"


def test_after_a_ping_an_error_stands_in_the_stream(stage: Stage, restless_url: str) -> None:
    """The status is out by then, so the stream itself must say it."""
    gate = Gate()

    refusal = scripted("rules: [{error: {status: 429, name: ThrottlingException, message: m}}]")

    async def act(asked: Request) -> AsyncGenerator[Step, None]:
        await gate.passed()
        async for step in refusal(asked):
            yield step

    stage.acts["refused late"] = act

    with opened(question(restless_url, "refused late", stream=True)) as reply:
        reply.until(": ping\n\n")
        gate.open()
        events = reply.events()

    assert reply.status == 200
    assert [event["error"]["code"] for event in events] == ["rate_limit_exceeded"]


def test_sdk_overhears_pings(stage: Stage, restless_url: str) -> None:
    gate = Gate()
    stage.acts["overhear"] = saying("one", gate, " two")

    with OpenAI(base_url=f"{restless_url}/v1", api_key="any", max_retries=0) as client:
        stream = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "overhear"}], stream=True
        )
        heard = []
        for chunk in stream:
            heard.append(chunk.choices[0].delta.content or "")
            if heard[-1] == "one":
                gate.open()

    assert "".join(heard) == "one two"


def test_keys_of_clients_stay_here(stage: Stage, gateway_url: str) -> None:
    """AWS gets our signature, never a client's key (GATE-03)."""
    keys = (("Authorization", "Bearer sk-of-a-client"), ("X-Api-Key", "sk-of-a-client"))
    stage.headers.clear()

    fetch(question(gateway_url, "whole", headers=keys))
    fetch(question(gateway_url, "streamed", headers=keys, stream=True))
    fetch(request(gateway_url, "GET", "/v1/models", headers=keys))

    assert len(stage.headers) >= 2
    for arrived in stage.headers:
        assert arrived[b"authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=outcrop/")
        assert b"sk-of-a-client" not in b" ".join([*arrived.keys(), *arrived.values()])


def test_bedrock_headers_are_understood(stage: Stage, gateway_url: str) -> None:
    """What AWS's own headers say is part of the request (OAI-14)."""
    headers = (("X-Amzn-Bedrock-Request-Metadata", '{"team": "red"}'),)

    fetch(question(gateway_url, "metadata in a header", headers=headers))

    assert stage.asked[-1].request_metadata == {"team": "red"}


SECRET = "the-word-nobody-may-log"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({}, id="whole"),
        pytest.param({"stream": True}, id="stream"),
        pytest.param({"model": "no.such-model"}, id="unknown-model"),
        pytest.param({"messages": [{"role": SECRET, "content": SECRET}]}, id="bad-request"),
        pytest.param({"tools": [{"type": SECRET}]}, id="bad-tool"),
        pytest.param({"stop": [SECRET] * 9000}, id="refused"),
    ],
)
def test_no_prompt_is_logged(
    gateway_url: str, caplog: pytest.LogCaptureFixture, members: dict[str, Any]
) -> None:
    """What users say is theirs: at no level does it stand in a log (LOG-02)."""
    caplog.set_level(logging.DEBUG)

    fetch(question(gateway_url, SECRET, **members))

    assert SECRET not in caplog.text


def test_no_prompt_is_logged_when_a_stream_breaks(
    stage: Stage, gateway_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.acts[SECRET] = breaking("crc: true")

    with opened(question(gateway_url, SECRET, stream=True)) as reply:
        reply.rest()
    del stage.acts[SECRET]

    assert SECRET not in caplog.text
