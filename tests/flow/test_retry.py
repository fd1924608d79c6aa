"""The one retry layer: what is sent again, after how long, and what stops it."""

import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectionError,
    ContextLengthError,
    GuardrailError,
    ModelError,
    ModelNotFoundError,
    OutcropError,
    PermissionDeniedError,
    QuotaError,
    RateLimitError,
    ServerError,
    StreamError,
    TimeoutError,
)
from outcrop.flow.effects import Flow, Send, Sleep
from outcrop.flow.retry import RetryPolicy, is_throttled, wait_s, with_retries
from outcrop.http import HttpRequest, HttpResponse, Origin
from tests.flow.script import Outcome, Runner, Script, awaiting, blocking, each_runner

ASK = HttpRequest(method="POST", origin=Origin("https", "host", 443), target="/")
OK = HttpResponse(status=200)


def throttled(retry_after_s: float | None = None) -> RateLimitError:
    return RateLimitError("too much", retry_after_s=retry_after_s)


def lost() -> ConnectionError:
    return ConnectionError("connection reset", sent=True)


def sending() -> Flow[HttpResponse]:
    """Make one attempt, without reading the reply's status."""
    outcome = yield Send(ASK)
    if isinstance(outcome, OutcropError):
        raise outcome
    assert isinstance(outcome, HttpResponse)
    return outcome


def retrying(
    script: Script, *, place: str = "us-east-1/m", max_retries: int = 3, total_s: float = 600.0
) -> Flow[tuple[HttpResponse, int]]:
    policy = RetryPolicy(max_retries=max_retries, total_s=total_s)
    return with_retries(sending, policy=policy, session=script.session, place=place)


@pytest.mark.parametrize(
    ("error", "attempts", "longest"),
    [
        (throttled(), 1, 1.0),
        (throttled(), 2, 2.0),
        (throttled(), 5, 16.0),
        (throttled(), 6, 30.0),
        (throttled(), 10_000, 30.0),
        (lost(), 1, 0.25),
        (ServerError("x"), 2, 0.5),
        (ServerError("x"), 4, 2.0),
        (ServerError("x"), 8, 30.0),
        (ServerError("x", aws_message="Requests are Getting Throttled"), 1, 1.0),
    ],
)
def test_range_doubles(error: OutcropError, attempts: int, longest: float) -> None:
    """RETRY-01: base 1 s where throttled, 0.25 s else, doubled up to 30 s."""
    assert wait_s(error, attempts, 1.0) == longest
    assert wait_s(error, attempts, 0.5) == longest / 2
    assert wait_s(error, attempts, 0.0) == 0.0


@given(
    error=st.sampled_from([throttled(), lost(), ServerError("x"), TimeoutError("x")]),
    attempts=st.integers(1, 10**6),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_jitter_is_full(error: OutcropError, attempts: int, chance: float) -> None:
    """Any wait from none to the longest may come out, and never more than 30 s."""
    wait = wait_s(error, attempts, chance)

    assert wait == chance * wait_s(error, attempts, 1.0)
    assert 0.0 <= wait <= 30.0


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.0), (7.5, 7.5), (60.0, 60.0), (900.0, 60.0)])
def test_service_says_how_long(asked: float, waited: float) -> None:
    """RETRY-01: what the service asks for is done exactly, up to a minute."""
    assert wait_s(throttled(asked), 1, 0.123) == waited


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (throttled(), True),
        (ServerError("x", aws_message="getting throttled"), True),
        (ServerError("x"), False),
        (QuotaError("x"), False),
    ],
)
def test_throttling_is_known_by_words_too(error: OutcropError, *, expected: bool) -> None:
    assert is_throttled(error) is expected


@pytest.mark.parametrize(
    ("outcomes", "result", "waits", "attempts"),
    [
        pytest.param([OK], OK, [], 1, id="first-time"),
        pytest.param([throttled(), OK], OK, [1.0], 2, id="second-time"),
        pytest.param([throttled(), lost(), OK], OK, [1.0, 0.5], 3, id="third-time"),
        pytest.param([throttled(5.0), OK], OK, [5.0], 2, id="as-asked"),
        pytest.param([throttled()] * 4, "too much", [1.0, 2.0, 4.0], 4, id="never"),
        pytest.param([lost()] * 4, "reset", [0.25, 0.5, 1.0], 4, id="no-network"),
        pytest.param([PermissionDeniedError("denied")], "denied", [], 1, id="not-retryable"),
        pytest.param([throttled(), BadRequestError("bad")], "bad", [1.0], 2, id="then-refused"),
    ],
)
def test_drivers_agree(
    outcomes: list[Outcome], result: HttpResponse | str, waits: list[float], attempts: int
) -> None:
    """Blocking and awaiting callers see the same attempts, pauses and end."""
    for drive in (blocking, awaiting):
        script = Script(*outcomes)
        if isinstance(result, str):
            with pytest.raises(OutcropError, match=result) as caught:
                drive(retrying(script), script)
            assert caught.value.attempts == attempts
        else:
            assert drive(retrying(script), script) == (result, attempts)
        assert script.waits == waits
        assert len(script.requests) == attempts


@pytest.mark.parametrize(
    "make",
    [
        BadRequestError,
        ContextLengthError,
        AuthenticationError,
        PermissionDeniedError,
        ModelNotFoundError,
        QuotaError,
        GuardrailError,
        ModelError,
        StreamError,
        lambda _: RateLimitError("tokens per day", retryable=False),
    ],
)
def test_never_sent_again(make: Callable[[str], OutcropError]) -> None:
    """RETRY-02: what waiting cannot mend is told at once."""
    script = Script(make("no"))

    with pytest.raises(OutcropError):
        blocking(retrying(script), script)

    assert (len(script.requests), script.waits) == (1, [])


@each_runner
def test_no_retries_asked_for(drive: Runner) -> None:
    script = Script(lost())

    with pytest.raises(ConnectionError):
        drive(retrying(script, max_retries=0), script)

    assert len(script.requests) == 1


def test_total_time_is_bounded() -> None:
    """RETRY-03: a retry that would begin too late is not waited for."""
    script = Script(throttled(9.0), throttled(9.0), OK)

    with pytest.raises(RateLimitError):
        blocking(retrying(script, total_s=10.0), script)

    assert script.waits == [9.0]


def test_bucket_stops_a_storm() -> None:
    """RETRY-03: a client pays for 100 retries in a row, and then for none."""
    script = Script(*[lost()] * 300)

    for _ in range(60):
        with pytest.raises(ConnectionError):
            blocking(retrying(script), script)

    # 33 calls of 4 attempts, one of 2, and 26 of which each is sent once.
    assert len(script.requests) == 33 * 4 + 2 + 26


def test_success_earns_retries_back() -> None:
    script = Script(lost(), *[OK] * 5, lost(), OK)
    while script.session.take_retry():
        pass
    with pytest.raises(ConnectionError):
        blocking(retrying(script), script)
    for _ in range(5):
        blocking(retrying(script), script)

    result = blocking(retrying(script), script)

    assert result == (OK, 2)


def test_pause_is_shared() -> None:
    """RETRY-03: who is throttled holds back all calls to that model and region, and no other."""
    script = Script()
    first = retrying(script, place="us-east-1/m")
    assert isinstance(next(first), Send)

    assert first.send(throttled(20.0)) == Sleep(20.0)

    assert next(retrying(script, place="us-east-1/m")) == Sleep(20.0)
    assert isinstance(next(retrying(script, place="us-west-2/m")), Send)
    assert isinstance(next(retrying(script, place="us-east-1/n")), Send)


def test_pause_ends() -> None:
    script = Script(throttled(20.0), OK, OK)
    blocking(retrying(script), script)
    script.waits.clear()

    blocking(retrying(script), script)

    assert script.waits == []


def test_pause_may_grow_while_waiting() -> None:
    """Who wakes up looks again: another call was throttled meanwhile."""
    script = Script()
    script.session.pause("us-east-1/m", 5.0)
    waiting = retrying(script)
    assert next(waiting) == Sleep(5.0)

    script.now += 5.0
    script.session.pause("us-east-1/m", 3.0)

    assert waiting.send(None) == Sleep(3.0)


def test_pause_of_others_is_no_prison() -> None:
    """The call's own time ends a pause that others keep making longer."""
    script = Script(OK)
    script.session.pause("us-east-1/m", 50.0)

    blocking(retrying(script, total_s=2.0), script)

    assert script.waits == [2.0]


def test_other_failures_hold_nobody_back() -> None:
    script = Script()
    first = retrying(script)
    next(first)

    first.send(lost())

    assert isinstance(next(retrying(script)), Send)


def test_log_tells_no_words(caplog: pytest.LogCaptureFixture) -> None:
    """LOG-02: an attempt is told of by place and name; what AWS said may quote the prompt."""
    error = RateLimitError("too much", code="ThrottlingException", aws_message="my secret prompt")
    script = Script(error, OK)

    with caplog.at_level(logging.INFO, logger="outcrop.flow"):
        blocking(retrying(script), script)

    assert caplog.messages == ["us-east-1/m: attempt 1 failed, next in 1.00 s: ThrottlingException"]
