"""Native bodies: nothing in them changes, in either direction; what stands beside them is told."""

import base64
import json
from typing import Any

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer

from outcrop.client.native import InvokeStream
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.http import HttpHead
from outcrop.protocols.eventstream import Frame, encode_frame
from outcrop.transport.replay import Recording
from outcrop.types.invocations import Invocation
from outcrop.types.requests import Guardrail
from outcrop.types.responses import Call
from outcrop.types.usage import Usage
from tests.client.told import REQUEST_ID, Act, blocking, each_client, reply, told_by_botocore
from tests.recordings import Interaction, cases

TITAN = "amazon.titan-text-express-v1"
BODY = {"inputText": "What is an outcrop?"}
METRICS = {
    "inputTokenCount": 5,
    "outputTokenCount": 7,
    "invocationLatency": 300,
    "firstByteLatency": 100,
}


def chunk(document: object) -> bytes:
    data = base64.b64encode(msgspec.json.encode(document)).decode()
    headers = {":event-type": "chunk", ":message-type": "event"}
    return encode_frame(Frame(headers, msgspec.json.encode({"bytes": data, "p": "abc"})))


def stream(*chunks: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Recording:
    head = HttpHead(status=200, headers=(("x-amzn-requestid", REQUEST_ID), *headers))
    return Recording(head=head, chunks=chunks)


@each_client
def test_invoke(act: Act) -> None:
    answer = b'{ "results" : [ 1.0 ] }\n'
    done = act(
        lambda client: client.invoke(TITAN, BODY),
        reply(
            answer,
            ("content-type", "application/json"),
            ("x-amzn-bedrock-input-token-count", "5"),
            ("X-Amzn-Bedrock-Output-Token-Count", "7"),
            ("x-amzn-bedrock-cache-read-input-token-count", "2"),
            ("x-amzn-bedrock-invocation-latency", "300"),
            ("x-amzn-bedrock-service-tier", "flex"),
            ("x-amzn-bedrock-performanceconfig-latency", "standard"),
        ),
    )

    found: Invocation = done.value
    assert found.body == answer
    assert found.json() == {"results": [1.0]}
    assert found.usage == Usage(
        input_tokens=5, output_tokens=7, total_tokens=14, cache_read_tokens=2
    )
    assert (found.status, found.latency_ms, found.content_type) == (200, 300, "application/json")
    assert (found.service_tier, found.latency, found.request_id) == (
        "flex",
        "standard",
        REQUEST_ID,
    )
    assert found.call == Call(
        api="invoke",
        endpoint="https://bedrock-runtime.us-east-1.amazonaws.com",
        region="us-east-1",
        resolved_model=TITAN,
        request_id=REQUEST_ID,
    )
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "invoke_model",
        modelId=TITAN,
        body=json.dumps(BODY),
        contentType="application/json",
    )


EVERYTHING: dict[str, Any] = {
    "content_type": "application/x-own",
    "accept": "image/png",
    "guardrail": Guardrail(identifier="g1", version="2", trace="enabled_full"),
    "latency": "optimized",
    "service_tier": "priority",
    "request_metadata": {"team": "Stein", "über": "☃"},
}
EVERYTHING_FOR_BOTOCORE: dict[str, Any] = {
    "contentType": "application/x-own",
    "accept": "image/png",
    "trace": "ENABLED_FULL",
    "guardrailIdentifier": "g1",
    "guardrailVersion": "2",
    "performanceConfigLatency": "optimized",
    "serviceTier": "priority",
    "requestMetadata": '{"team":"Stein","\\u00fcber":"\\u2603"}',
}


@each_client
def test_invoke_with_everything(act: Act) -> None:
    """Each header that AWS knows can be said (WIRE-07); bytes go as they stand."""
    done = act(lambda client: client.invoke(TITAN, b"\x00 no JSON", **EVERYTHING), reply({}))

    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "invoke_model",
        modelId=TITAN,
        body=b"\x00 no JSON",
        **EVERYTHING_FOR_BOTOCORE,
    )
    (request,) = done.requests
    assert ("accept", "image/png") in request.headers


@each_client
def test_stream_with_everything(act: Act) -> None:
    """What the model shall answer in moves to a header of its own; accept is the frames'."""
    done = act(
        lambda client: client.invoke_stream(TITAN, BODY, **EVERYTHING), stream(chunk({"a": 1}))
    )

    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "invoke_model_with_response_stream",
        modelId=TITAN,
        body=json.dumps(BODY),
        **EVERYTHING_FOR_BOTOCORE,
    )
    (request,) = done.requests
    assert ("accept", "application/vnd.amazon.eventstream") in request.headers


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ({"trace": "disabled"}, {"x-amzn-bedrock-trace": "DISABLED"}),
        (
            {"trace": "disabled", "guardrail": Guardrail(identifier="g", trace="enabled")},
            {
                "x-amzn-bedrock-trace": "ENABLED",
                "x-amzn-bedrock-guardrailidentifier": "g",
                "x-amzn-bedrock-guardrailversion": "DRAFT",
            },
        ),
        ({"request_metadata": {}, "latency": None}, {}),
    ],
)
def test_headers(options: Any, headers: dict[str, str]) -> None:
    """A guardrail without a version is its draft, and its own trace comes first (GUARD-01)."""
    done = blocking(lambda client: client.invoke(TITAN, BODY, **options), reply({}))

    assert done.told.headers == {"content-type": "application/json", **headers}


@pytest.mark.parametrize(
    ("body", "options", "error", "message"),
    [
        ("text", {}, BadRequestError, "the body is a str"),
        ({"a": object()}, {}, BadRequestError, "cannot be written as JSON"),
        (b"x" * 25_000_001, {}, BadRequestError, "25000001 bytes long; AWS takes 25000000"),
        (BODY, {"tier": "flex"}, BadRequestError, "unknown options: tier"),
        (BODY, {"guardrail": Guardrail(version="1")}, BadRequestError, "has no identifier"),
        (
            BODY,
            {"guardrail": Guardrail(identifier="g", stream_mode="async")},
            UnsupportedError,
            "stream mode in the body alone",
        ),
    ],
)
@each_client
def test_nothing_wrong_is_sent(
    act: Act, body: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        act(lambda client: client.invoke(TITAN, body, **options))
    with pytest.raises(error, match=message):
        act(lambda client: client.invoke_stream(TITAN, body, **options))


@pytest.mark.parametrize(
    ("model", "remedy"),
    [
        ("amazon.nova-reel-v1:1", "is a video model; use async_invokes.start"),
        ("amazon.nova-sonic-v1:0", "is a speech model; it takes a stream in both directions"),
    ],
)
@each_client
def test_models_that_answer_elsewhere(act: Act, model: str, remedy: str) -> None:
    """What is out of scope, or another method's, says so (OPS-01)."""
    with pytest.raises(UnsupportedError, match=remedy):
        act(lambda client: client.invoke(model, BODY))
    with pytest.raises(UnsupportedError, match=remedy):
        act(lambda client: client.invoke_stream(model, BODY))


@each_client
def test_stream(act: Act) -> None:
    """Chunks as the model wrote them, and at the end what AWS counted (WIRE-12)."""
    last = {"done": True, "amazon-bedrock-invocationMetrics": METRICS}
    done = act(
        lambda client: client.invoke_stream(TITAN, BODY),
        stream(
            chunk({"outputText": "A "}) + chunk({"outputText": "rock"})[:20],
            chunk({"outputText": "rock"})[20:],
            chunk(last),
            headers=(("x-amzn-bedrock-content-type", "application/json"),),
        ),
    )

    chunks, invocation = done.value
    assert [json.loads(each) for each in chunks] == [
        {"outputText": "A "},
        {"outputText": "rock"},
        last,
    ]
    assert invocation.usage == Usage(input_tokens=5, output_tokens=7, total_tokens=12)
    assert (invocation.latency_ms, invocation.first_byte_latency_ms) == (300, 100)
    assert (invocation.body, invocation.content_type) == (b"", "application/json")
    assert invocation.call.request_id == REQUEST_ID


@pytest.mark.parametrize(
    "document",
    [
        {"text": "amazon-bedrock-invocationMetrics"},
        {"amazon-bedrock-invocationMetrics": "none today"},
    ],
)
def test_words_are_no_metrics(document: object) -> None:
    """A model may speak of metrics; AWS may count otherwise. The chunk arrives all the same."""
    done = blocking(lambda client: client.invoke_stream(TITAN, BODY), stream(chunk(document)))

    chunks, invocation = done.value
    assert [json.loads(each) for each in chunks] == [document]
    assert invocation.usage is None


def test_leaving_closes_the_socket() -> None:
    """An answer that nobody reads any more is not paid for to its end."""
    left: list[InvokeStream] = []

    def leave(client: Any) -> None:
        with client.invoke_stream(TITAN, BODY) as begun:
            next(begun)
            left.append(begun)

    blocking(leave, stream(chunk({"a": 1}), chunk({"a": 2})))

    with pytest.raises(BadRequestError, match="not read to its end"):
        _ = left[0].invocation


def recorded_documents(recorded: Interaction) -> list[bytes]:
    """Return the documents of a recorded stream, read by botocore."""
    buffer = EventStreamBuffer()
    buffer.add_data(recorded.stream_bytes)
    return [
        base64.b64decode(json.loads(message.payload)["bytes"])
        for message in buffer
        if message.headers[":message-type"] == "event"
    ]


def is_whole(recorded: Interaction) -> bool:
    return recorded.status == 200 and recorded.stream_ok is True


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_whole))
@each_client
def test_recorded_streams(act: Act, recorded: Interaction) -> None:
    """Every recorded stream, whatever the model: the same documents, and AWS's own counts."""
    documents = recorded_documents(recorded)
    read = [json.loads(each) for each in documents]
    told = [each["amazon-bedrock-invocationMetrics"] for each in read if _counts(each)]
    data = recorded.stream_bytes

    done = act(
        lambda client: client.invoke_stream(TITAN, BODY),
        stream(*(data[start : start + 1000] for start in range(0, len(data), 1000))),
    )

    chunks, invocation = done.value
    assert list(chunks) == documents
    assert (invocation.usage is not None) == bool(told)
    for metrics in told:
        assert invocation.usage.input_tokens == metrics["inputTokenCount"]
        assert invocation.usage.output_tokens == metrics["outputTokenCount"]
        assert invocation.latency_ms == metrics["invocationLatency"]


def _counts(document: Any) -> bool:
    return isinstance(document, dict) and "amazon-bedrock-invocationMetrics" in document


@pytest.mark.parametrize("recorded", cases("invoke", where=lambda each: each.status == 200))
def test_recorded_answers(recorded: Interaction) -> None:
    """Every recorded answer comes back byte for byte, with the counts of its headers."""
    headers = tuple(recorded.response.headers.items())

    done = blocking(
        lambda client: client.invoke(TITAN, recorded.request.data or b"{}"),
        reply(recorded.response.data, *headers),
    )

    found: Invocation = done.value
    lower = {name.lower(): value for name, value in headers}
    assert found.body == recorded.response.data
    assert done.requests[0].body == (recorded.request.data or b"{}")
    counted = lower.get("x-amzn-bedrock-input-token-count")
    assert (found.usage and str(found.usage.input_tokens)) == counted
