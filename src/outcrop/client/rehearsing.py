"""What would be sent, unsent.

Place in the house: client. Pure: the same `draft` that a call is made of, without the signature,
which is made anew for every attempt.

Source: behaviour specification, LIB-07.
"""

from typing import Any, Final

import msgspec

from outcrop.client.plan import Plan
from outcrop.flow.call import call_of, draft
from outcrop.flow.effects import Flow
from outcrop.http import Headers
from outcrop.types.requests import Request
from outcrop.types.responses import Response, Stop

HIDDEN: Final = "***"

_SECRET: Final = frozenset({"cookie", "x-api-key"})


class DryRun(Response, frozen=True, kw_only=True):
    """A request as it would be sent, but for who asks; as an answer it is empty.

    `Response.adjustments`, `api`, `endpoint`, `region` and `resolved_model` say how the call would
    be made.
    """

    method: str
    url: str
    headers: Headers
    """Without ``authorization`` and what else a signature adds; secret values are hidden."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return msgspec.json.decode(self.body)


def rehearse(plan: Plan, request: Request, *, stream: bool) -> DryRun:
    """Return what would be sent for a request. Nobody need be asking: it is not signed.

    Raises:
        OutcropError: It cannot be sent.
    """
    request = plan.complete(request)
    target = plan.target(request.model)
    made = draft(request, target, stream=stream)
    return DryRun(
        stop=Stop(kind="other"),
        method=made.http.method,
        url=f"{made.http.origin}{made.http.target}",
        headers=tuple((name, _shown(name, value)) for name, value in made.http.headers),
        body=made.http.body,
        call=call_of(made, target, (), 0),
    )


def rehearse_stream(plan: Plan, request: Request) -> Flow[Response]:
    """Return a stream without events, whose response is what would be sent.

    Raises:
        OutcropError: It cannot be sent.
    """
    yield from ()
    return rehearse(plan, request, stream=True)


def _shown(name: str, value: str) -> str:
    return HIDDEN if name.lower() in _SECRET else value
