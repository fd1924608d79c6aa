"""Which wire a call takes, and that each carries a recorded answer home."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import outcrop
from outcrop.codecs.table import dialect
from outcrop.errors import (
    ModelNotFoundError,
    OutcropError,
    RateLimitError,
    StreamError,
    UnsupportedError,
)
from outcrop.flow.wires import CONVERSE, choose_wire, http_wire, invoke_wire, wire_for
from outcrop.http import HttpHead, HttpResponse
from outcrop.models.ids import parse_model_id
from outcrop.protocols.eventstream import join_frame
from outcrop.protocols.frameheaders import encode_headers
from outcrop.transport.replay import Recording, Replay
from outcrop.types.content import Foreign
from outcrop.types.requests import Guardrail, Request, Sampling
from tests.recordings import Interaction, cases

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
GPT = "openai.gpt-oss-120b-1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
LLAMA_4 = "us.meta.llama4-scout-17b-instruct-v1:0"
NOVA = "us.amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("api", "model", "wire", "rules"),
    [
        ("auto", CLAUDE, None, []),
        ("converse", CLAUDE, CONVERSE, []),
        ("native", CLAUDE, invoke_wire("anthropic"), []),
        ("native", GPT, invoke_wire("openai_chat"), []),
        ("native", LLAMA, invoke_wire("llama"), []),
        ("native", LLAMA_4, invoke_wire("llama_4"), []),
        ("native", "anthropic.claude-v2:1", invoke_wire("claude_text"), []),
        ("native", NOVA, CONVERSE, []),
        ("anthropic", CLAUDE, invoke_wire("anthropic"), []),
        ("anthropic", NOVA, CONVERSE, ["api_ignored"]),
        ("openai", GPT, invoke_wire("openai_chat"), []),
        ("openai", CLAUDE, CONVERSE, ["api_ignored"]),
        ("responses", GPT, http_wire("openai_responses"), []),
        ("responses", CLAUDE, CONVERSE, ["api_ignored"]),
    ],
)
def test_choice(api: str, model: str, wire: object, rules: list[str]) -> None:
    """ROUTE-03: what was chosen holds where the model has it; else Converse, said aloud."""
    chosen, set_aside = choose_wire(api, parse_model_id(model))

    assert chosen is wire
    assert [each.rule for each in set_aside] == rules


@pytest.mark.parametrize(
    ("vendor", "change", "wire"),
    [
        ("openai", {}, CONVERSE),
        ("openai", {"sampling": Sampling(seed=7)}, http_wire("openai_chat")),
        ("openai", {"sampling": Sampling(logprobs=False)}, http_wire("openai_chat")),
        ("openai", {"sampling": Sampling(presence_penalty=0.0)}, http_wire("openai_chat")),
        ("amazon", {"sampling": Sampling(seed=7)}, CONVERSE),
        ("anthropic", {}, CONVERSE),
        (
            "anthropic",
            {"tools": (Foreign(api="anthropic", raw=msgspec.Raw(b'{"type":"bash_20250124"}')),)},
            invoke_wire("anthropic"),
        ),
        (
            "anthropic",
            {"additional_model_request_fields": msgspec.Raw(b'{"container":"c"}')},
            invoke_wire("anthropic"),
        ),
        (
            "anthropic",
            {"additional_model_request_fields": msgspec.Raw(b'{"thinking":{}}')},
            CONVERSE,
        ),
    ],
)
def test_automatic(vendor: str, change: dict[str, object], wire: object) -> None:
    """ROUTE-02: native only where Converse has no word for what is asked."""
    request = msgspec.structs.replace(Request(model="m"), **change)

    assert wire_for(request, vendor) is wire


def test_unknown_dialect() -> None:
    with pytest.raises(UnsupportedError, match="no model can be asked in morse"):
        dialect("morse")


def _client(*replies: object) -> tuple[outcrop.Client, Replay]:
    replay = Replay(*replies)  # type: ignore[arg-type]  # what a test gives, it knows
    client = outcrop.Client(
        transport=replay,
        api="native",
        api_key="k",
        max_retries=0,
        environ={},
    )
    return client, replay


def _is_messages(recorded: Interaction) -> bool:
    body = recorded.request_body
    return isinstance(body, dict) and "anthropic_version" in body and recorded.status == 200


@pytest.mark.parametrize(
    "recorded", cases("invoke", where=lambda each: _is_messages(each) and bool(each.model_id))
)
def test_recorded_answer_comes_home(recorded: Interaction) -> None:
    """A whole call by InvokeModel: the path, the body's form, and the answer's own words."""
    body = recorded.response_body
    assert isinstance(body, dict)
    client, replay = _client(HttpResponse(status=200, body=msgspec.json.encode(body)))

    answer = client.chat("Hello", model=recorded.model_id or "")

    [sent] = replay.requests
    assert sent.target.startswith("/model/")
    assert sent.target.endswith("/invoke")
    assert msgspec.json.decode(sent.body)["anthropic_version"] == "bedrock-2023-05-31"
    assert answer.api == "anthropic"
    words = [part["text"] for part in body["content"] if part["type"] == "text"]
    assert answer.text == "".join(words)
    assert answer.usage is not None
    assert answer.usage.output_tokens == body["usage"]["output_tokens"]


STREAMS = cases(
    "invoke_stream",
    where=lambda each: _is_messages(each) and bool(each.stream_ok) and bool(each.model_id),
)


@pytest.mark.parametrize("recorded", STREAMS)
@given(data=st.data())
def test_recorded_stream_comes_home(recorded: Interaction, data: st.DataObject) -> None:
    """Wherever the network cuts it, a stream of chunks is the same answer."""
    wire = recorded.stream_bytes
    cut = data.draw(st.integers(0, len(wire)))
    pieces = tuple(piece for piece in (wire[:cut], wire[cut:]) if piece)
    client, replay = _client(Recording(head=HttpHead(status=200), chunks=pieces))
    whole, _ = _client(Recording(head=HttpHead(status=200), chunks=(wire,)))

    answer = client.stream("Hello", model=recorded.model_id or "").collect()

    assert replay.requests[0].target.endswith("/invoke-with-response-stream")
    expected = whole.stream("Hello", model=recorded.model_id or "").collect()
    assert answer.text == expected.text
    assert answer.usage == expected.usage
    assert answer.stop == expected.stop


def _frame(kind: str, name: str, payload: bytes) -> bytes:
    label = ":event-type" if kind == "event" else ":exception-type"
    return join_frame(encode_headers({":message-type": kind, label: name}), payload)


def test_exception_in_chunks() -> None:
    """An exception frame between chunks is the error it names."""
    frame = _frame("exception", "throttlingException", b'{"message":"Too many requests"}')
    client, _ = _client(Recording(head=HttpHead(status=200), chunks=(frame,)))

    with pytest.raises(RateLimitError):
        client.stream("Hello", model=CLAUDE).collect()


def test_chunk_without_bytes() -> None:
    client, _ = _client(
        Recording(head=HttpHead(status=200), chunks=(_frame("event", "chunk", b"{}"),))
    )

    with pytest.raises(StreamError, match="a chunk without its bytes"):
        client.stream("Hello", model=CLAUDE).collect()


def test_server_events() -> None:
    """A seed takes gpt-oss to the runtime's Chat Completions, in server-sent events."""
    head = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    role = b'[{"index":0,"delta":{"role":"assistant","content":"Bare "},"finish_reason":null}]}\n\n'
    last = b'[{"index":0,"delta":{"content":"rock."},"finish_reason":"stop"}]}\n\n'
    chunks = (head + role + head + last, b"data: [DONE]\n\n")
    replay = Replay(Recording(head=HttpHead(status=200), chunks=chunks))
    client = outcrop.Client(transport=replay, region="us-east-1", api_key="k", environ={})

    answer = client.stream("Hello", model=GPT, seed=7).collect()

    [sent] = replay.requests
    assert sent.target == "/openai/v1/chat/completions"
    body = msgspec.json.decode(sent.body)
    assert (body["model"], body["stream"], body["seed"]) == (GPT, True, 7)
    assert (answer.text, answer.api, answer.finish_reason) == ("Bare rock.", "openai_chat", "stop")


def _is_response(recorded: Interaction) -> bool:
    return recorded.operation == "OpenAIResponses" and recorded.status == 200


def _responses_client(reply: object) -> tuple[outcrop.Client, Replay]:
    replay = Replay(reply)  # type: ignore[arg-type]  # what a test gives, it knows
    client = outcrop.Client(
        transport=replay, api="responses", region="us-east-1", api_key="k", environ={}
    )
    return client, replay


@pytest.mark.parametrize(
    "recorded",
    cases("other", where=lambda each: _is_response(each) and bool(each.response.body_text)),
)
@given(data=st.data())
def test_recorded_response_streams_home(recorded: Interaction, data: st.DataObject) -> None:
    """Wherever the network cuts it, a stream of the Responses API is the answer it ends with."""
    body = recorded.response.data
    cut = data.draw(st.integers(0, len(body)))
    pieces = tuple(piece for piece in (body[:cut], body[cut:]) if piece)
    client, replay = _responses_client(Recording(head=HttpHead(status=200), chunks=pieces))

    answer = client.stream("Hello", model=GPT).collect()

    [sent] = replay.requests
    assert sent.target == "/openai/v1/responses"
    assert msgspec.json.decode(sent.body)["stream"] is True
    assert answer.api == "openai_responses"
    assert answer.finish_reason == ("tool_calls" if answer.tool_calls else "stop")
    assert answer.usage is not None
    assert answer.usage.output_tokens > 0


@pytest.mark.parametrize(
    "recorded", cases("other", where=lambda each: _is_response(each) and bool(each.response.body))
)
def test_recorded_response_comes_home(recorded: Interaction) -> None:
    """A whole call to the Responses API: its path, its form, and the answer's own words."""
    body = recorded.response_body
    client, replay = _responses_client(HttpResponse(status=200, body=msgspec.json.encode(body)))

    answer = client.chat("Hello", model=GPT)

    [sent] = replay.requests
    assert msgspec.json.decode(sent.body)["input"] == [{"role": "user", "content": "Hello"}]
    items = [item for item in body["output"] if item["type"] == "message"]
    assert answer.text == "".join(part["text"] for item in items for part in item["content"])
    assert answer.usage is not None
    assert answer.usage.full_input_tokens == body["usage"]["input_tokens"]


@pytest.mark.parametrize("model", [CLAUDE, GPT, LLAMA])
def test_guardrail_goes_beside_a_native_body(model: str) -> None:
    """GUARD-01, WIRE-07: a native call is guarded too; what headers say is no loss."""
    client, replay = _client(HttpResponse(status=404))
    guardrail = Guardrail(identifier="gr-1", version="3", trace="enabled")

    with pytest.raises(OutcropError):
        client.chat(
            "Hello",
            model=model,
            guardrail=guardrail,
            latency="optimized",
            service_tier="flex",
            request_metadata={"team": "geology"},
        )

    [sent] = replay.requests
    beside = {name: value for name, value in sent.headers if name.startswith("x-amzn-bedrock-")}
    assert beside == {
        "x-amzn-bedrock-trace": "ENABLED",
        "x-amzn-bedrock-guardrailidentifier": "gr-1",
        "x-amzn-bedrock-guardrailversion": "3",
        "x-amzn-bedrock-performanceconfig-latency": "optimized",
        "x-amzn-bedrock-service-tier": "flex",
        "x-amzn-bedrock-request-metadata": '{"team":"geology"}',
    }
    body = msgspec.json.decode(sent.body)
    assert not {"service_tier", "metadata", "guardrail", "latency"} & body.keys()


def test_strict_takes_what_headers_say() -> None:
    """Nothing is lost, so nothing is refused."""
    replay = Replay(HttpResponse(status=404))
    client = outcrop.Client(
        transport=replay, api="native", api_key="k", unsupported_params="error", environ={}
    )

    with pytest.raises(ModelNotFoundError):
        client.chat("Hello", model=CLAUDE, guardrail=Guardrail(identifier="g"), latency="standard")

    assert len(replay.requests) == 1


def test_unguarded_is_refused() -> None:
    """ROUTE-06: Responses takes no guardrail, and a call must not go out without the one asked."""
    replay = Replay()
    client = outcrop.Client(transport=replay, api="responses", api_key="k", environ={})

    with pytest.raises(UnsupportedError, match="takes no guardrail"):
        client.chat("Hello", model="us.openai.gpt-5.6-sol", guardrail=Guardrail(identifier="gr-1"))

    assert replay.requests == []
