"""The one retry layer: which failures are sent again, when, and how often.

Place in the house: flow. Errors carry whether they may be retried; this module only counts and
waits.

Source: behaviour specification, RETRY-01 to RETRY-03.
"""

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from outcrop.errors import OutcropError, RateLimitError
from outcrop.flow.effects import Flow, Sleep, T
from outcrop.flow.session import Session

MAX_WAIT_S: Final = 30.0
MAX_RETRY_AFTER_S: Final = 60.0
THROTTLED_BASE_S: Final = 1.0
OTHER_BASE_S: Final = 0.25
_THROTTLED_WORDS: Final = "getting throttled"
_ENOUGH: Final = 10
"""Doublings after which every range is at its longest."""

_log: Final = logging.getLogger("outcrop.flow")


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a call is."""

    max_retries: int = 3
    """Times a request is sent again; 0 sends it once."""
    total_s: float = 600.0
    """No retry begins later than this after the first attempt, seconds."""


def with_retries(
    attempt: Callable[[], Flow[T]], *, policy: RetryPolicy, session: Session, place: str
) -> Flow[tuple[T, int]]:
    """Run `attempt` until it succeeds or must not be repeated.

    Args:
        attempt: Makes one attempt; signs anew each time.
        policy: How often and for how long.
        session: The client's memory; throttling at one `place` holds back all its calls.
        place: Model and region, as one string.

    Returns:
        What `attempt` returned, and how many attempts there were.

    Raises:
        OutcropError: The last attempt's error; its `attempts` says how many there were.
    """
    deadline = session.now() + policy.total_s
    attempts = 0
    while True:
        yield from _wait_for_turn(session, place, deadline)
        attempts += 1
        try:
            result = yield from attempt()
        except OutcropError as error:
            error.attempts = attempts
            wait = wait_s(error, attempts, session.random())
            in_time = session.now() + wait < deadline
            allowed = error.retryable and attempts <= policy.max_retries and in_time
            if not (allowed and session.take_retry()):
                raise
            _log.info(
                "%s: attempt %d failed, next in %.2f s: %s", place, attempts, wait, error.code
            )
            if is_throttled(error):
                session.pause(place, wait)
            else:
                yield Sleep(wait)
        else:
            session.note_success()
            return result, attempts


def _wait_for_turn(session: Session, place: str, deadline: float) -> Flow[None]:
    # Others may be throttled meanwhile, and make the pause longer; the call's own time ends it.
    while (left := min(session.pause_left_s(place), deadline - session.now())) > 0:
        yield Sleep(left)


def is_throttled(error: OutcropError) -> bool:
    """Tell whether there was too much at once, whatever AWS called it."""
    return isinstance(error, RateLimitError) or _THROTTLED_WORDS in error.aws_message.lower()


def wait_s(error: OutcropError, attempts: int, chance: float) -> float:
    """Return how long to wait after failure number `attempts`, seconds.

    What the service asked for counts, up to a minute; else full jitter over a doubling range.
    """
    if error.retry_after_s is not None:
        return min(error.retry_after_s, MAX_RETRY_AFTER_S)
    base = THROTTLED_BASE_S if is_throttled(error) else OTHER_BASE_S
    longest: float = min(MAX_WAIT_S, base * 2 ** min(attempts - 1, _ENOUGH))
    return chance * longest
