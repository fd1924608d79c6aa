"""One streamed call: what is emitted when, how it ends, and what is sent again."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop import errors
from outcrop.client.drivers import AsyncStream, Stream
from outcrop.codecs import converse
from outcrop.errors import OutcropError
from outcrop.flow.stream import stream_model
from outcrop.http import HttpResponse, header
from outcrop.protocols.eventstream import Event as FrameEvent
from outcrop.protocols.eventstream import (
    Frame,
    FrameDecoder,
    ModeledException,
    decode_message,
    encode_frame,
)
from outcrop.settings.credentials import CredentialChoice
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import Text, ToolUse
from outcrop.types.events import (
    BlockEnded,
    Event,
    MessageEnded,
    MessageStarted,
    Metadata,
    TextDelta,
    ToolCalled,
    ToolDelta,
    ToolStarted,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.flow.script import (
    MODEL,
    REQUEST_ID,
    AsyncScript,
    Body,
    Reader,
    Script,
    each_reader,
    read_blocking,
    refusal,
    target,
)
from tests.recordings import Interaction, cases

QUESTION = Request(model=MODEL, messages=(Message(role="user", content=(Text(text="Hi"),)),))


def frame(name: str, payload: object, kind: str = "event") -> bytes:
    """Return one frame as AWS sends it."""
    headers = {
        f":{kind}-type": name,
        ":content-type": "application/json",
        ":message-type": kind,
    }
    return encode_frame(Frame(headers, msgspec.json.encode(payload)))


def exception(name: str, message: str = "m", **more: object) -> bytes:
    """Return an exception that the service model knows."""
    return frame(name, {"message": message, **more}, "exception")


def text(said: str, index: int = 0) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": index, "delta": {"text": said}})


START = frame("messageStart", {"role": "assistant"})
BLOCK_STOP = frame("contentBlockStop", {"contentBlockIndex": 0})
STOP = frame("messageStop", {"stopReason": "end_turn"})
METADATA = frame(
    "metadata",
    {
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 5},
    },
)
ANSWER = (START, text("one "), text("two"), BLOCK_STOP, STOP, METADATA)
USAGE = Usage(input_tokens=1, output_tokens=2, total_tokens=3)


def ask(script: Script, **more: Any) -> Any:
    return stream_model(QUESTION, target(**more), script.session)


def kinds(events: Iterable[Event]) -> list[str]:
    return [event.type for event in events]


@each_reader
def test_answer(read: Reader) -> None:
    script = Script(Body(ANSWER))

    seen = read(ask(script), script)

    assert seen.events == (
        MessageStarted(role="assistant"),
        TextDelta(index=0, text="one "),
        TextDelta(index=0, text="two"),
        BlockEnded(index=0),
        MessageEnded(stop=Stop(kind="stop", raw="end_turn")),
        Metadata(usage=USAGE, latency_ms=5),
    )
    assert seen.response is not None
    assert seen.response.text == "one two"
    assert (seen.response.usage, seen.response.latency_ms) == (USAGE, 5)
    call = seen.response.call
    assert (call.request_id, call.attempts, call.resolved_model) == (REQUEST_ID, 1, MODEL)
    [stream] = script.streams
    assert stream.closes == 1


def test_request_on_the_wire() -> None:
    script = Script(Body(ANSWER))

    read_blocking(ask(script), script)

    [sent] = script.requests
    assert sent.target.endswith("/converse-stream")
    assert header(sent.headers, "accept") == "application/vnd.amazon.eventstream"


def one_piece(body: bytes) -> tuple[list[Event], Response]:
    """Decode a body with the codec alone, in one piece: what the flow must arrive at."""
    frames, codec, fold = FrameDecoder(), converse.StreamDecoder(), Accumulator()
    frames.feed(body)
    events: list[Event] = []
    for each in frames.frames():
        message = decode_message(each)
        assert isinstance(message, FrameEvent)
        events.extend(fold.add(codec.decode(message.name, message.payload)))
    return events, fold.response()


STREAMS = cases("converse_stream", where=lambda each: bool(each.stream_ok) and each.status == 200)


@pytest.mark.parametrize("recorded", STREAMS)
@each_reader
def test_recorded_streams(recorded: Interaction, read: Reader) -> None:
    """Every recorded stream comes out event by event as the codec reads it, and folded alike."""
    body = recorded.stream_bytes
    sizes = recorded.stream_chunk_sizes or (len(body),)
    ends = list(itertools.accumulate(sizes, initial=0))
    script = Script(Body(tuple(body[a:b] for a, b in itertools.pairwise(ends))))

    seen = read(ask(script), script)

    events, response = one_piece(body)
    assert sorted(kinds(seen.events)) == sorted(kinds(events))
    assert [each for each in seen.events if each.type != "finish"] == [
        each for each in events if each.type != "finish"
    ]
    assert seen.response is not None
    assert msgspec.structs.replace(seen.response, call=response.call) == response


@pytest.mark.parametrize("recorded", STREAMS[::5])
@settings(max_examples=8)
@given(data=st.data())
def test_any_cut_reads_the_same(recorded: Interaction, data: st.DataObject) -> None:
    """Where the network cuts a stream makes no difference to its events or its end."""
    body = recorded.stream_bytes
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    pieces = [body[a:b] for a, b in itertools.pairwise([0, *cuts, len(body)])]
    whole, cut = Script(Body((body,))), Script(Body(tuple(filter(None, pieces))))

    seen = read_blocking(ask(cut), cut)

    assert seen == read_blocking(ask(whole), whole)


def test_byte_by_byte() -> None:
    body = b"".join(ANSWER)
    script = Script(Body(tuple(bytes((byte,)) for byte in body)))

    seen = read_blocking(ask(script), script)

    assert kinds(seen.events) == ["start", "text", "text", "block_end", "finish", "usage"]


@each_reader
def test_finish_waits_for_usage(read: Reader) -> None:
    """STREAM-03: whoever stops at the finish has not missed the usage's arrival."""
    late = frame("somethingNew", {"a": 1})
    script = Script(Body((START, text("x"), STOP, late, METADATA)))

    seen = read(ask(script), script)

    assert kinds(seen.events) == ["start", "text", "foreign", "finish", "usage"]


@each_reader
def test_finish_without_usage(read: Reader) -> None:
    """STREAM-03: a stream that closes properly without metadata is complete, without counts."""
    script = Script(Body((START, text("x"), BLOCK_STOP, STOP)))

    seen = read(ask(script), script)

    assert kinds(seen.events) == ["start", "text", "block_end", "finish"]
    assert seen.error is None
    assert seen.response is not None
    assert seen.response.usage is None


@each_reader
def test_later_metadata_keeps_the_usage(read: Reader) -> None:
    """STREAM-03: a second metadata event that lacks usage erases nothing."""
    trace = frame("metadata", {"metrics": {"latencyMs": 9}, "trace": {"x": 1}})
    script = Script(Body((*ANSWER, trace)))

    seen = read(ask(script), script)

    assert kinds(seen.events)[-3:] == ["finish", "usage", "usage"]
    assert seen.response is not None
    assert (seen.response.usage, seen.response.latency_ms) == (USAGE, 9)


@each_reader
def test_usage_before_the_end(read: Reader) -> None:
    """Counts that come early do not let the end come early."""
    script = Script(Body((START, METADATA, text("x"), STOP)))

    seen = read(ask(script), script)

    assert kinds(seen.events) == ["start", "usage", "text", "finish"]


def test_tool_call_is_told_complete() -> None:
    """STREAM-02: fragments with their call's id, then the whole call."""
    start = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t1", "name": "f"}}}
    pieces = [
        frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": part}}})
        for part in ("", '{"a":', "1}")
    ]
    stop = frame("messageStop", {"stopReason": "tool_use"})
    script = Script(Body((START, frame("contentBlockStart", start), *pieces, BLOCK_STOP, stop)))

    seen = read_blocking(ask(script), script)

    call = ToolUse(id="t1", name="f", arguments=msgspec.Raw(b'{"a":1}'))
    assert seen.events[1:] == (
        ToolStarted(index=0, id="t1", name="f"),
        ToolDelta(index=0, arguments="", id="t1"),
        ToolDelta(index=0, arguments='{"a":', id="t1"),
        ToolDelta(index=0, arguments="1}", id="t1"),
        BlockEnded(index=0),
        ToolCalled(index=0, call=call),
        MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use")),
    )
    assert seen.response is not None
    assert seen.response.tool_calls == (call,)


CORRUPT = bytearray(text("lost"))
CORRUPT[-6] ^= 1
CUT = text("lost")[:-3]


@pytest.mark.parametrize(
    ("ending", "kind", "status", "code"),
    [
        pytest.param(
            (exception("throttlingException"),),
            errors.RateLimitError,
            429,
            "ThrottlingException",
            id="throttled",
        ),
        pytest.param(
            (exception("internalServerException"),),
            errors.ServerError,
            500,
            "InternalServerException",
            id="internal",
        ),
        pytest.param(
            (exception("serviceUnavailableException"),),
            errors.ServerError,
            503,
            "ServiceUnavailableException",
            id="unavailable",
        ),
        pytest.param(
            (exception("validationException"),),
            errors.BadRequestError,
            400,
            "ValidationException",
            id="validation",
        ),
        pytest.param(
            (exception("modelStreamErrorException", originalStatusCode=500),),
            errors.ModelError,
            502,
            "ModelStreamErrorException",
            id="model",
        ),
        pytest.param(
            (frame("modelTimeoutException", {}, "exception"),),
            errors.TimeoutError,
            504,
            "ModelTimeoutException",
            id="timeout",
        ),
        pytest.param(
            (frame("brandNewException", {"message": "m"}, "exception"),),
            errors.ServerError,
            500,
            "BrandNewException",
            id="unheard-of",
        ),
        pytest.param(
            (
                encode_frame(
                    Frame(
                        {
                            ":message-type": "error",
                            ":error-code": "InternalServerError",
                            ":error-message": "m",
                        }
                    )
                ),
            ),
            errors.ServerError,
            500,
            "InternalServerError",
            id="error-frame",
        ),
        pytest.param((bytes(CORRUPT),), errors.StreamError, 502, "", id="checksum"),
        pytest.param((CUT,), errors.StreamError, 502, "", id="cut-inside-a-frame"),
        pytest.param((STOP, METADATA[:20]), errors.StreamError, 502, "", id="cut-after-the-stop"),
        pytest.param((), errors.StreamError, 502, "", id="no-stop"),
        pytest.param((BLOCK_STOP, METADATA), errors.StreamError, 502, "", id="usage-and-no-stop"),
        pytest.param(
            (frame("contentBlockDelta", ["no", "object"]),),
            errors.StreamError,
            502,
            "",
            id="not-an-event",
        ),
        pytest.param(
            (encode_frame(Frame({":message-type": "event", ":event-type": "messageStop"}, b"{")),),
            errors.StreamError,
            502,
            "",
            id="not-json",
        ),
        pytest.param(
            (encode_frame(Frame({":message-type": "gossip"}, b"{}")),),
            errors.StreamError,
            502,
            "",
            id="unknown-message-type",
        ),
        pytest.param(
            (errors.ConnectionError("reset", sent=True),),
            errors.StreamError,
            502,
            "",
            id="connection-lost",
        ),
        pytest.param((errors.WireError("bad chunk"),), errors.StreamError, 502, "", id="bad-chunk"),
        pytest.param((errors.TimeoutError("silent"),), errors.TimeoutError, 504, "", id="silence"),
    ],
)
@each_reader
def test_never_a_normal_end(
    ending: tuple[bytes | OutcropError, ...],
    kind: type[OutcropError],
    status: int,
    code: str,
    read: Reader,
) -> None:
    """STREAM-04, WIRE-10: raised after all earlier events, with what had come, and not retried."""
    script = Script(Body((START, text("one "), text("two"), *ending)))

    seen = read(ask(script), script)

    assert kinds(seen.events)[:3] == ["start", "text", "text"]
    assert "finish" not in kinds(seen.events)
    error = seen.error
    assert type(error) is kind
    assert (error.status, error.code, error.attempts) == (status, code, 1)
    assert (error.model, error.operation) == (MODEL, "ConverseStream")
    assert isinstance(error.partial, Response)
    assert error.partial.text == "one two"
    assert error.partial.call.request_id == REQUEST_ID
    assert [stream.closes for stream in script.streams] == [1]
    assert len(script.requests) == 1


@each_reader
def test_fault_in_the_same_piece(read: Reader) -> None:
    """An exception that arrives with the text before it does not take the text along."""
    piece = START + text("one") + exception("throttlingException") + text("after")
    script = Script(Body((piece, b"more")))

    seen = read(ask(script), script)

    assert kinds(seen.events) == ["start", "text"]
    assert type(seen.error) is errors.RateLimitError


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(Body((exception("throttlingException"),)), id="exception-first"),
        pytest.param(Body((START, exception("serviceUnavailableException"))), id="after-start"),
        pytest.param(Body((START + exception("internalServerException"),)), id="same-piece"),
        pytest.param(
            Body((START, exception("modelStreamErrorException", originalStatusCode=503))),
            id="model-broke",
        ),
        pytest.param(Body((START, errors.ConnectionError("reset", sent=True))), id="reset"),
        pytest.param(Body((START,)), id="early-end"),
        pytest.param(Body(()), id="empty"),
        pytest.param(refusal(503, "ServiceUnavailableException"), id="refused"),
        pytest.param(errors.ConnectionError("refused"), id="no-connection"),
    ],
)
@each_reader
def test_retried_before_content(first: Any, read: Reader) -> None:
    """STREAM-07: nothing had reached the caller, so nothing is told twice, the start neither."""
    script = Script(first, Body(ANSWER))

    seen = read(ask(script), script)

    assert kinds(seen.events) == ["start", "text", "text", "block_end", "finish", "usage"]
    assert seen.response is not None
    assert seen.response.call.attempts == 2
    assert len(script.requests) == 2
    assert all(stream.closes >= 1 for stream in script.streams)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (Body((START, exception("validationException"))), errors.BadRequestError),
        (Body((bytes(CORRUPT),)), errors.StreamError),
        (Body((exception("modelStreamErrorException"),)), errors.ModelError),
        (refusal(403, "AccessDeniedException"), errors.PermissionDeniedError),
    ],
)
@each_reader
def test_not_retried_before_content(first: Any, kind: type[OutcropError], read: Reader) -> None:
    script = Script(first)

    seen = read(ask(script), script)

    assert (type(seen.error), seen.events, len(script.requests)) == (kind, (), 1)
    assert seen.error is not None
    assert seen.error.partial is None


@pytest.mark.parametrize(
    "recorded", cases("converse_stream", where=lambda each: each.status >= 400)
)
def test_recorded_refusal(recorded: Interaction) -> None:
    """WIRE-08: on the streaming path a refusal is JSON all the same."""
    reply = HttpResponse(
        status=recorded.status,
        headers=tuple(recorded.response.headers.items()),
        body=recorded.response.data,
    )
    script = Script(reply)

    seen = read_blocking(ask(script), script)

    assert type(seen.error) is errors.ModelNotFoundError
    assert seen.error.aws_message == "The provided model identifier is invalid."
    assert script.streams[0].closes == 1


@each_reader
def test_wrong_clock(read: Reader) -> None:
    """WIRE-05 holds for streams too."""
    skewed = refusal(
        403,
        "InvalidSignatureException",
        "Signature expired: x",
        (("date", "Fri, 02 Jan 2026 03:34:05 GMT"),),
    )
    script = Script(skewed, Body(ANSWER))

    seen = read(ask(script), script)

    assert seen.response is not None
    assert header(script.requests[1].headers, "x-amz-date") == "20260102T033405Z"


def test_error_body_has_an_end() -> None:
    """A refusal that never ends is read as far as it can matter, and left."""
    script = Script(Body((b"x" * 700_000,) * 10, status=500))

    seen = read_blocking(ask(script, retry=_once()), script)

    assert type(seen.error) is errors.ServerError
    assert script.streams[0].closes == 1
    assert len(script.streams[0]._pieces) == 8


def _once() -> Any:
    return msgspec.structs.replace(target().retry, max_retries=0)


def test_no_credentials() -> None:
    script = Script()
    nobody = CredentialChoice()

    seen = read_blocking(ask(script, credentials=nobody), script)

    assert type(seen.error) is errors.AuthenticationError
    assert (seen.error.attempts, script.requests) == (0, [])


def test_events_arrive_in_batches() -> None:
    """What arrived together is handed over together: one wait, one write behind a gateway."""
    first, second = START + text("a") + text("b"), text("c") + BLOCK_STOP
    script = Script(Body((first, second, STOP + METADATA)))
    stream = Stream(ask(script), script, script.sleep)

    batches: list[Sequence[Event]] = []
    while (batch := stream.next_batch()) is not None:
        batches.append(batch)

    assert [kinds(batch) for batch in batches] == [
        ["start", "text", "text"],
        ["text", "block_end"],
        ["finish", "usage"],
    ]


def test_text_is_not_held_back() -> None:
    """STREAM-05: each piece is emitted before the next is waited for."""
    script = Script(Body(ANSWER))
    stream = Stream(ask(script), script, script.sleep)

    first = [next(stream), next(stream)]

    assert kinds(first) == ["start", "text"]
    assert len(script.streams[0]._pieces) == 4


def test_exceptions_are_those_of_the_service_model() -> None:
    """STREAM-04: each exception that ConverseStream can send is one that the tables know."""
    names = [
        "internalServerException",
        "modelStreamErrorException",
        "validationException",
        "throttlingException",
        "serviceUnavailableException",
    ]
    for name in names:
        script = Script(Body((START, text("x"), exception(name, "words"))))

        seen = read_blocking(ask(script), script)

        assert seen.error is not None
        assert seen.error.code == name[:1].upper() + name[1:]
        assert seen.error.aws_message == "words"
        assert not isinstance(seen.error, errors.StreamError)


def test_names_of_frames_are_read_by_kind() -> None:
    """WIRE-10: the name of an exception is not looked for where events have theirs."""
    decoder = FrameDecoder()
    decoder.feed(exception("throttlingException"))

    [message] = map(decode_message, decoder.frames())

    assert isinstance(message, ModeledException)


def test_cancelled_while_waiting() -> None:
    """STREAM-05: cancelling the task that reads closes the opened stream."""
    script = Script(Body((START + text("x"),)))

    async def run() -> None:
        transport = AsyncScript(script)
        stream = AsyncStream(ask(script), transport, transport.sleep)
        async for _ in stream:
            script.streams[0]._pieces.append(b"")
            reading = asyncio.ensure_future(stream.next_batch())
            await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            break

    asyncio.run(run())

    assert script.streams[0].closes >= 1
