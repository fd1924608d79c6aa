"""One call over Converse: the exact request that leaves, and what becomes of the reply."""

import json
from typing import Any

import msgspec
import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from outcrop import errors
from outcrop.codecs import converse
from outcrop.errors import OutcropError
from outcrop.flow.call import call_model, draft
from outcrop.flow.effects import Send
from outcrop.flow.retry import RetryPolicy
from outcrop.http import HttpRequest, HttpResponse, Origin, Timeouts, header
from outcrop.protocols.endpoints import parse_base_url
from outcrop.settings.credentials import CredentialChoice
from outcrop.types.content import Text
from outcrop.types.credentials import Bearer, KeyPair
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling
from outcrop.types.responses import Adjustment
from tests.flow.script import (
    KEYS,
    MODEL,
    REQUEST_ID,
    START,
    Runner,
    Script,
    blocking,
    each_runner,
    refusal,
    target,
)
from tests.recordings import Interaction, cases

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr"
QUESTION = Request(
    model=MODEL,
    messages=(Message(role="user", content=(Text(text="What is an outcrop?"),)),),
    sampling=Sampling(max_tokens=100),
)
BODY = {
    "messages": [{"role": "user", "content": [{"text": "What is an outcrop?"}]}],
    "inferenceConfig": {"maxTokens": 100},
}
ANSWER = HttpResponse(
    status=200,
    headers=(("x-amzn-requestid", REQUEST_ID), ("content-type", "application/json")),
    body=(
        b'{"output":{"message":{"role":"assistant","content":[{"text":"Bare rock."}]}},'
        b'"stopReason":"end_turn","usage":{"inputTokens":12,"outputTokens":4,"totalTokens":16},'
        b'"metrics":{"latencyMs":321}}'
    ),
)


def sign_with_botocore(request: HttpRequest, keys: KeyPair, region: str) -> str:
    """Return the authorization header that botocore writes for the headers it is given."""
    signed = AWSRequest(
        method=request.method,
        url=f"{request.origin}{request.target}",
        data=request.body,
        headers={
            name: value
            for name, value in request.headers
            if name in {"content-type", "x-amz-date"} or name.startswith("x-amzn-")
        },
    )
    signer = auth.SigV4Auth(
        Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None),
        "bedrock",
        region,
    )
    signed.context["timestamp"] = header(request.headers, "x-amz-date")
    if keys.session_token:
        signed.headers["x-amz-security-token"] = keys.session_token
    canonical = signer.canonical_request(signed)
    signature = signer.signature(signer.string_to_sign(signed, canonical), signed)
    return f"Signature={signature}"


@each_runner
def test_request_on_the_wire(drive: Runner) -> None:
    """All that AWS receives, but for the two headers that the transport writes."""
    script = Script(ANSWER)

    drive(call_model(QUESTION, target(), script.session), script)

    [sent] = script.requests
    assert sent.method == "POST"
    assert sent.origin == Origin("https", "bedrock-runtime.us-east-1.amazonaws.com", 443)
    assert sent.target == f"/model/{MODEL.replace(':', '%3A')}/converse"
    assert json.loads(sent.body) == BODY
    assert sent.headers[:-1] == (
        ("user-agent", "outcrop/test"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("x-amz-date", "20260102T030405Z"),
    )
    assert sent.headers[-1][0] == "authorization"
    assert sent.headers[-1][1].startswith(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, Signature="
    )


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", [MODEL, ARN, "amazon.titan-text-express-v1"])
@pytest.mark.parametrize("token", ["", "session/token=="])
def test_signature_is_botocores(*, stream: bool, model: str, token: str) -> None:
    """The signature of a whole call is the one that botocore makes for the same bytes."""
    keys = KeyPair(KEYS.access_key_id, KEYS.secret_access_key, token)
    credentials = CredentialChoice(credentials=keys, origin="test")
    script = Script(ANSWER)
    goal = target(model, credentials=credentials, headers=(("x-amzn-bedrock-trace", "ENABLED"),))

    blocking(call_model(QUESTION, goal, script.session), script)

    [sent] = script.requests
    assert header(sent.headers, "authorization").endswith(
        sign_with_botocore(sent, keys, "us-east-1")
    )
    segment = "/converse-stream" if stream else "/converse"
    assert draft(QUESTION, goal, stream=stream).http.target.endswith(segment)


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60).filter(
        lambda text: text not in {".", ".."}
    )
)
def test_any_id_is_one_segment(model: str) -> None:
    """WIRE-02: whatever the id holds, it arrives whole and cannot lead elsewhere."""
    path = draft(QUESTION, target(model), stream=False).http.target

    assert path.count("/") == 3
    assert path.isascii()


def test_model_of_the_target_is_called() -> None:
    """A name was resolved before; the id that is called decides what the model is told."""
    asked = msgspec.structs.replace(
        QUESTION, model="an-alias", sampling=Sampling(temperature=0.5, top_p=0.9)
    )

    plan = draft(asked, target(), stream=False)

    assert json.loads(plan.http.body)["inferenceConfig"] == {"temperature": 0.5}
    assert plan.adjustments == (
        Adjustment(
            rule="unsupported_parameter", detail="top_p was left out: not beside temperature"
        ),
    )


def test_path_prefix_is_kept() -> None:
    """EP-03: a gateway or an emulator may live below a path."""
    goal = target(endpoint=parse_base_url("http://127.0.0.1:8099/bedrock/", "test"))

    plan = draft(QUESTION, goal, stream=False)

    assert str(plan.http.origin) == "http://127.0.0.1:8099"
    assert plan.http.target.startswith("/bedrock/model/us.anthropic.claude-haiku")


def test_timeouts_go_along() -> None:
    timeouts = Timeouts(connect_s=1.0, first_byte_s=2.0, idle_s=3.0)

    assert draft(QUESTION, target(timeouts=timeouts), stream=False).http.timeouts == timeouts


def test_api_key_is_sent_as_it_is() -> None:
    """CRED-02: a bearer token, and no signature."""
    script = Script(ANSWER)
    goal = target(credentials=CredentialChoice(credentials=Bearer("ABSKexample"), origin="test"))

    blocking(call_model(QUESTION, goal, script.session), script)

    assert script.requests[0].headers == (
        ("user-agent", "outcrop/test"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("authorization", "Bearer ABSKexample"),
    )


@each_runner
def test_answer(drive: Runner) -> None:
    script = Script(ANSWER)
    goal = target(adjustments=(Adjustment(rule="region_steered", detail="d"),))

    response = drive(call_model(QUESTION, goal, script.session), script)

    assert (response.text, response.finish_reason, response.latency_ms) == (
        "Bare rock.",
        "stop",
        321,
    )
    assert response.usage.total_tokens == 16
    call = response.call
    assert (call.api, call.region, call.resolved_model) == ("converse", "us-east-1", MODEL)
    assert call.endpoint == "https://bedrock-runtime.us-east-1.amazonaws.com"
    assert (call.request_id, call.attempts, call.served_by) == (REQUEST_ID, 1, "")
    assert call.adjustments == (Adjustment(rule="region_steered", detail="d"),)


def test_engine_is_named() -> None:
    """An answer of the emulator can never be taken for one of the model."""
    reply = msgspec.structs.replace(ANSWER, headers=(("X-Outcrop-Engine", "smollm2"),))
    script = Script(reply)

    response = blocking(call_model(QUESTION, target(), script.session), script)

    assert response.call.served_by == "smollm2"


@each_runner
def test_retried_with_a_new_signature(drive: Runner) -> None:
    """WIRE-05: each attempt is signed for its own time, and counted."""
    script = Script(refusal(429, "ThrottlingException", "Too many requests"), ANSWER)

    response = drive(call_model(QUESTION, target(), script.session), script)

    first, second = script.requests
    assert script.waits == [1.0]
    assert header(first.headers, "x-amz-date") == "20260102T030405Z"
    assert header(second.headers, "x-amz-date") == "20260102T030406Z"
    assert first.body == second.body
    assert response.call.attempts == 2


def skewed(date: str) -> HttpResponse:
    message = "Signature expired: 20260102T030405Z is now earlier than 20260102T032905Z"
    return refusal(403, "InvalidSignatureException", message, (("Date", date),))


@each_runner
def test_clock_is_corrected_once(drive: Runner) -> None:
    """WIRE-05: one resend with AWS's time, at once, and every later call uses it."""
    script = Script(skewed("Fri, 02 Jan 2026 03:34:05 GMT"), ANSWER, ANSWER)

    response = drive(call_model(QUESTION, target(), script.session), script)
    drive(call_model(QUESTION, target(), script.session), script)

    dates = [header(sent.headers, "x-amz-date") for sent in script.requests]
    assert dates == ["20260102T030405Z", "20260102T033405Z", "20260102T033405Z"]
    assert script.waits == []
    assert response.call.attempts == 1


@pytest.mark.parametrize(
    "replies",
    [
        pytest.param([skewed("Fri, 02 Jan 2026 03:34:05 GMT")] * 2, id="refused-again"),
        pytest.param([skewed("Fri, 02 Jan 2026 03:04:05 GMT")], id="same-time"),
        pytest.param([skewed("no date")], id="no-time"),
    ],
)
def test_clock_is_not_corrected_twice(replies: list[HttpResponse]) -> None:
    script = Script(*replies)

    with pytest.raises(errors.AuthenticationError, match="The system clock differs from AWS's"):
        blocking(call_model(QUESTION, target(), script.session), script)

    assert len(script.requests) == len(replies)


def test_calls_refused_together_are_both_sent_again() -> None:
    """Two calls signed with the wrong time: the second learns from the first, and is not lost."""
    script = Script()
    reply = skewed("Fri, 02 Jan 2026 03:34:05 GMT")
    one, two = (call_model(QUESTION, target(), script.session) for _ in range(2))
    next(one)
    next(two)

    again = [one.send(reply), two.send(reply)]

    for effect in again:
        assert isinstance(effect, Send)
        assert header(effect.request.headers, "x-amz-date") == "20260102T033405Z"


@each_runner
def test_no_credentials(drive: Runner) -> None:
    """CRED-08: making a client needs none; the first call says where was looked."""
    script = Script()
    goal = target(credentials=CredentialChoice(problem="AWS_ACCESS_KEY_ID is set without"))

    with pytest.raises(errors.AuthenticationError, match="Looked in: api_key=") as caught:
        drive(call_model(QUESTION, goal, script.session), script)

    assert script.requests == []
    assert caught.value.attempts == 0
    assert caught.value.region == "us-east-1"


def test_strict_refuses_before_sending() -> None:
    """CONF-17: in strict mode nothing is left out in silence, and nothing is sent."""
    script = Script()
    asked = msgspec.structs.replace(QUESTION, sampling=Sampling(seed=7))

    with pytest.raises(errors.UnsupportedError, match="seed was left out"):
        blocking(call_model(asked, target(strict_parameters=True), script.session), script)

    assert script.requests == []


@each_runner
def test_answer_that_is_none(drive: Runner) -> None:
    """A reply of 200 that is no answer is an error of the wire, and says which call."""
    broken = HttpResponse(
        status=200, headers=(("x-amzn-requestid", REQUEST_ID),), body=b"<html>welcome</html>"
    )
    script = Script(broken)

    with pytest.raises(errors.WireError) as caught:
        drive(call_model(QUESTION, target(), script.session), script)

    error = caught.value
    assert (error.attempts, error.request_id, error.model) == (1, REQUEST_ID, MODEL)
    assert len(script.requests) == 1


def test_error_of_the_network_says_where() -> None:
    script = Script(*[errors.ConnectionError("reset", sent=True)] * 4)

    with pytest.raises(errors.ConnectionError) as caught:
        blocking(call_model(QUESTION, target(), script.session), script)

    error = caught.value
    assert (error.operation, error.attempts) == ("Converse", 4)
    assert str(error) == f"outcrop: reset. [us-east-1; {MODEL}]"


@pytest.mark.parametrize(
    "credentials",
    [
        KeyPair("AKIDEXAMPLE", "SECRETSECRETSECRET", "TOKENTOKENTOKEN"),
        Bearer("ABSKSECRETSECRETSECRET"),
    ],
    ids=["keys", "bearer"],
)
def test_secrets_never_show(credentials: KeyPair | Bearer) -> None:
    """CRED-10: not in an error, its traceback's values, a target or a plan."""
    goal = target(credentials=CredentialChoice(credentials=credentials, origin="test"))
    token = getattr(credentials, "session_token", "ABSKSECRETSECRETSECRET")
    quoted = f"Canonical String: x-amz-security-token:{token}\nauthorization: Bearer {token}"
    script = Script(refusal(403, "InvalidSignatureException", quoted))

    with pytest.raises(errors.AuthenticationError) as caught:
        blocking(call_model(QUESTION, goal, script.session), script)

    shown = f"{caught.value!s}{caught.value!r}{caught.value.__dict__}{goal!r}"
    shown += repr(draft(QUESTION, goal, stream=False))
    assert "SECRETSECRET" not in shown
    assert "TOKENTOKEN" not in shown


@pytest.mark.parametrize("recorded", cases("converse", where=lambda each: each.status >= 400))
@each_runner
def test_recorded_refusals(recorded: Interaction, drive: Runner) -> None:
    """A refusal that was recorded ends the call at once, with AWS's words and AWS's request id."""
    headers = tuple(recorded.response.headers.items())
    reply = HttpResponse(status=recorded.status, headers=headers, body=recorded.response.data)
    script = Script(reply)

    with pytest.raises(OutcropError) as caught:
        drive(call_model(QUESTION, target(), script.session), script)

    assert len(script.requests) == 1
    assert caught.value.aws_message == recorded.response_body["message"]
    assert caught.value.request_id == header(headers, "x-amzn-requestid")


@pytest.mark.parametrize(
    "recorded",
    cases("converse", fidelity="http", where=lambda each: each.status == 200),
)
def test_recorded_calls(recorded: Interaction) -> None:
    """What was asked goes out as it was recorded, and the answer comes back with its usage."""
    asked = converse.decode_request(recorded.request.data, recorded.model_id or "")
    script = Script(HttpResponse(status=200, body=recorded.response.data))

    response = blocking(call_model(asked, target(recorded.model_id or ""), script.session), script)

    assert response.usage is not None
    assert response.usage.total_tokens == recorded.response_body["usage"]["totalTokens"]
    if not response.adjustments:
        sent = json.loads(script.requests[0].body)
        assert without_nulls(sent) == without_nulls(recorded.request_body)


def without_nulls(body: dict[str, Any]) -> dict[str, Any]:
    """Drop members that say nothing, at the top and among those of inference."""
    kept = {name: value for name, value in body.items() if value not in (None, {}, [])}
    config = kept.get("inferenceConfig")
    if config is not None:
        kept["inferenceConfig"] = {
            name: value for name, value in config.items() if value not in (None, [])
        }
    return {name: value for name, value in kept.items() if value != {}}


def test_total_time_is_the_targets() -> None:
    """RETRY-03: a call never outlives its timeout by retrying."""
    script = Script(*[refusal(500, "InternalServerException")] * 2)
    goal = target(retry=RetryPolicy(max_retries=9, total_s=0.6))

    with pytest.raises(errors.ServerError) as caught:
        blocking(call_model(QUESTION, goal, script.session), script)

    assert caught.value.attempts == 2
    assert script.now - START < 0.6
