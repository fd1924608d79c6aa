"""What one client remembers between calls."""

import pytest

from outcrop.flow.session import Session
from tests.flow.script import START, Script


@pytest.mark.parametrize(
    ("told", "signed_with", "known", "again"),
    [
        pytest.param(300.0, 0.0, 300.0, True, id="clock-is-off"),
        pytest.param(-300.0, 0.0, -300.0, True, id="clock-is-ahead"),
        pytest.param(0.4, 0.0, 0.0, False, id="clock-is-right"),
        pytest.param(None, 0.0, 0.0, False, id="reply-tells-no-time"),
    ],
)
def test_clock(told: float | None, signed_with: float, known: float, *, again: bool) -> None:
    """WIRE-05: signed again only where the signature would be another."""
    session = Script().session

    assert session.learn_clock(told, signed_with) is again

    assert session.clock_offset_s == known
    assert session.signing_time() == START + known
    assert session.now() == START


def test_clock_learnt_by_another_call() -> None:
    """Two calls that were refused together are both sent again, though only one learns anything."""
    session = Script().session

    first = session.learn_clock(300.0, signed_with_s=0.0)
    second = session.learn_clock(300.2, signed_with_s=0.0)
    third = session.learn_clock(300.2, signed_with_s=300.0)

    assert (first, second, third) == (True, True, False)


def test_pause_survives_no_clock_change() -> None:
    """A clock that is set back an hour must not make an hour of a pause of a second."""
    script = Script()
    script.session.pause("place", 1.0)

    script.now -= 3600.0

    assert script.session.pause_left_s("place") == 60.0


def test_longer_pause_wins() -> None:
    session = Script().session
    session.pause("place", 9.0)

    session.pause("place", 2.0)

    assert session.pause_left_s("place") == 9.0


def test_budget_of_retries() -> None:
    """RETRY-03: 500, 5 a retry, 1 back for each success, and never more than 500."""
    session = Session(clock=lambda: 0.0, random=lambda: 0.0)
    session.note_success()

    paid = sum(session.take_retry() for _ in range(200))

    assert paid == 100
    for _ in range(5):
        assert not session.take_retry()
        session.note_success()
    assert session.take_retry()
