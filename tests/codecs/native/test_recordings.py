"""Every recorded native request, answer and stream comes back as it was.

Embeddings, rerank, images and the bodies of Claude's Messages and of OpenAI's Chat Completions are
other codecs'. What these tests count is printed by ``pytest -rP`` on this file.
"""

import base64
from collections import Counter
from typing import Any

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer

from outcrop.models.catalogue import native_form
from outcrop.types.events import TextDelta
from outcrop.types.responses import Response
from tests.codecs.native.forms import FORMS, decoded, encode_headers, encoded, folded, said
from tests.recordings import Interaction, cases, interactions

MODEL = "a-model"
TEXTS = {"outputText", "generation", "completion", "text", "index"}
COUNT_HEADERS = ("input-token-count", "output-token-count", "invocation-latency")


def is_native(recorded: Interaction) -> bool:
    return native_form(recorded.model_id or "") in FORMS


def is_answered(recorded: Interaction) -> bool:
    return is_native(recorded) and recorded.status < 400


def is_guarded(recorded: Interaction) -> bool:
    return is_answered(recorded) and "guardrail" in recorded.features


def codec_of(recorded: Interaction) -> Any:
    return FORMS[native_form(recorded.model_id or "")]


def documents_of(recorded: Interaction) -> list[bytes]:
    buffer = EventStreamBuffer()
    buffer.add_data(recorded.stream_bytes)
    return [base64.b64decode(msgspec.json.decode(frame.payload)["bytes"]) for frame in buffer]


def answer_of(recorded: Interaction) -> Response:
    headers = tuple(recorded.response.headers.items())
    response: Response = codec_of(recorded).decode_response(recorded.response.data, headers)
    return response


@pytest.mark.parametrize("recorded", cases("invoke", "invoke_stream", where=is_native))
def test_request(recorded: Interaction) -> None:
    """What clients really send reaches an emulated Bedrock undiminished."""
    codec = codec_of(recorded)
    stream = recorded.api == "invoke_stream"

    request = codec.decode_request(recorded.request.data, MODEL)

    written = msgspec.json.decode(codec.encode_request(request, stream=stream, invoke=True))
    assert said(written) == said(recorded.request_body)
    assert codec.unsupported(request) == ()


@pytest.mark.parametrize("recorded", cases("invoke", where=is_answered))
def test_response(recorded: Interaction) -> None:
    """What models really answer is written back member by member.

    Where a guardrail rewrote the answer, AWS leaves counts out: those are written all the same.
    """
    codec = codec_of(recorded)

    response = codec.decode_response(recorded.response.data)

    written = said(
        msgspec.json.decode(codec.encode_response(response, model=MODEL, response_id=""))
    )
    answered = said(recorded.response_body)
    assert answered.pop("usage", {}).items() <= written.pop("usage", {}).items()
    assert written == answered


@pytest.mark.parametrize("recorded", cases("invoke", where=is_answered))
def test_usage(recorded: Interaction) -> None:
    """Usage and latency are what AWS reported, in the body or in the headers."""
    headers = {name.lower(): value for name, value in recorded.response.headers.items()}

    response = answer_of(recorded)

    written = dict(encode_headers(response))
    told = {name: value for name, value in headers.items() if name.endswith(COUNT_HEADERS)}
    assert len(told) >= 3
    assert told.items() <= written.items()


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_stream(recorded: Interaction) -> None:
    """What models really stream is read wholly, and read the same when it is written back."""
    codec = codec_of(recorded)
    documents = documents_of(recorded)

    stream = decoded(codec, documents)

    assert decoded(codec, encoded(codec, stream)) == stream
    assert folded(stream).text == text_of(documents)


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_documents(recorded: Interaction) -> None:
    """The documents written back say what the recorded ones said, in the same order.

    Two things stand elsewhere: the last text of a stream that ended together with it comes in a
    document of its own, and the second of two generations follows the first instead of being mixed
    with it. So texts are compared joined, and the other members by the documents that have them.
    """
    codec = codec_of(recorded)
    documents = documents_of(recorded)

    written = encoded(codec, decoded(codec, documents))

    assert text_of(written) == text_of(documents)
    assert members_of(written) == members_of(documents)


def text_of(documents: list[bytes]) -> str:
    """Return what the first answer of a stream says, read without the codec."""
    return "".join(
        piece
        for each in map(msgspec.json.decode, documents)
        if not each.get("index")
        for piece in (
            each.get("outputText"),
            each.get("generation"),
            each.get("completion"),
            each.get("text"),
            each.get("contentBlockDelta", {}).get("delta", {}).get("text"),
        )
        if piece
    )


def members_of(documents: list[bytes]) -> dict[str, Any]:
    """Return every value that some document gives a member; texts apart, repetitions joined.

    What the model used is counted in some chunks and in the last: the last one counts.
    """
    found: dict[str, Any] = {}
    for each in map(msgspec.json.decode, documents):
        found |= {name: value for name, value in said(each).items() if name not in TEXTS}
    # Made up where a guardrail answered in the model's place: AWS told no metrics there.
    if found.get("amazon-bedrock-guardrailAction") and "completionReason" not in found:
        found.pop("amazon-bedrock-invocationMetrics", None)
    return found


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_folded_stream(recorded: Interaction) -> None:
    """A folded stream is written and read as an answer that was not streamed."""
    codec = codec_of(recorded)
    response = folded(decoded(codec, documents_of(recorded)))

    body = codec.encode_response(response, model=MODEL, response_id="1")
    again = codec.decode_response(body, encode_headers(response))

    assert again.content == response.content
    assert again.stop == response.stop
    assert again.usage == response.usage
    assert again.latency_ms == response.latency_ms
    assert again.trace == response.trace
    assert again.extra == response.extra


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_stream_usage(recorded: Interaction) -> None:
    """A stream used what its last chunk says, where AWS tells."""
    told: dict[str, Any] = {}
    for each in documents_of(recorded):
        told = msgspec.json.decode(each).get("amazon-bedrock-invocationMetrics", told)

    response = folded(decoded(codec_of(recorded), documents_of(recorded)))

    assert response.usage is not None
    if told:
        assert response.usage.input_tokens == told["inputTokenCount"]
        assert response.usage.output_tokens == told["outputTokenCount"]
        assert response.usage.cache_read_tokens == told.get("cacheReadInputTokenCount")
        assert response.latency_ms == told["invocationLatency"]
    else:
        assert (response.usage.input_tokens, response.usage.output_tokens) == (6, 3)


def test_no_text_is_lost_on_the_way_to_events() -> None:
    """Each text delta of a recorded stream is one event, so nothing waits for what follows."""
    recorded = interactions("invoke_stream", where=is_answered)

    deltas = {
        each.id: sum(
            isinstance(event, TextDelta) for event in decoded(codec_of(each), documents_of(each))
        )
        for each in recorded
    }

    assert deltas["dd-trace-py--invoke-stream--meta--7f752f4a6c"] == 60
    assert deltas["openllmetry--invoke-stream--amazon-nova--9b3c466beb"] == 56


@pytest.mark.parametrize(
    "recorded",
    cases("invoke", "invoke_stream", where=is_guarded),
)
def test_guarded(recorded: Interaction) -> None:
    """A guardrail's word counts, as on Converse: the model itself said that it was done."""
    if recorded.api == "invoke":
        response = answer_of(recorded)
    else:
        response = folded(decoded(codec_of(recorded), documents_of(recorded)))

    assert response.finish_reason == "content_filter"
    assert response.raw_stop_reason in {"FINISH", "end_turn", ""}
    assert response.trace is not None


def test_count() -> None:
    """The recordings hold as many of each form as these tests were written for, or more."""
    counts = Counter(
        f"{native_form(each.model_id or '')} {each.api}"
        for each in interactions("invoke", "invoke_stream", where=is_native)
        if each.status < 400
    )

    print(dict(counts))  # noqa: T201 - quoted in reports
    assert counts >= Counter(
        {
            "nova invoke": 6,
            "nova invoke_stream": 3,
            "titan invoke": 5,
            "titan invoke_stream": 3,
            "claude_text invoke": 3,
            "claude_text invoke_stream": 1,
            "cohere_generate invoke": 3,
            "cohere_generate invoke_stream": 2,
            "llama invoke": 2,
            "llama invoke_stream": 1,
            "ai21_j2 invoke": 2,
        }
    )
