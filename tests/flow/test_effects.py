"""What flows ask for: failures come back as values and are raised inside the flow."""

from collections.abc import Callable
from typing import Any

import pytest

from outcrop.errors import ConnectionError
from outcrop.flow.effects import Flow, Open, Opened, Read, Send, open_stream, read, send
from outcrop.http import HttpHead, HttpRequest, HttpResponse, Origin

ASK = HttpRequest(method="GET", origin=Origin("https", "host", 443), target="/")
OPENED = Opened(HttpHead(status=200), "handle")
WHOLE = HttpResponse(status=400)

CASES = [
    pytest.param(lambda: send(ASK), Send(ASK), [WHOLE], id="send"),
    pytest.param(lambda: open_stream(ASK), Open(ASK), [OPENED, WHOLE], id="open"),
    pytest.param(lambda: read(OPENED), Read("handle"), [b"piece", b""], id="read"),
]


@pytest.mark.parametrize(("make", "effect", "outcomes"), CASES)
def test_outcome_is_returned(make: Callable[[], Flow[Any]], effect: Any, outcomes: Any) -> None:
    for outcome in outcomes:
        flow = make()
        assert next(flow) == effect

        with pytest.raises(StopIteration) as stop:
            flow.send(outcome)

        assert stop.value.value == outcome


@pytest.mark.parametrize(("make", "effect", "outcomes"), CASES)
def test_failure_is_raised_inside(
    make: Callable[[], Flow[Any]], effect: Any, outcomes: Any
) -> None:
    flow = make()
    next(flow)

    with pytest.raises(ConnectionError, match="reset"):
        flow.send(ConnectionError("reset"))


@pytest.mark.parametrize(("make", "effect", "outcomes"), CASES)
def test_driver_is_held_to_its_word(
    make: Callable[[], Flow[Any]], effect: Any, outcomes: Any
) -> None:
    """A driver that answers with something else is a bug, and found at once."""
    flow = make()
    next(flow)

    with pytest.raises(AssertionError, match="a driver answers"):
        flow.send(None)
