"""One call to a model: prepare, encode, sign, send, decode.

Place in the house: flow. No I/O. The caller brings a canonical `Request`, a `Target` (where, as
whom, how patiently) and its client's `Session`. The streamed road stands in `flow.stream`.

Source: behaviour specification, sections 5, 7 and 18.
"""

from typing import Final

import msgspec

from outcrop.errors import OutcropError, UnsupportedError
from outcrop.flow.attempt import accepted, persist, place_of
from outcrop.flow.beside import headers_beside, without_beside
from outcrop.flow.effects import Flow, send
from outcrop.flow.faults import Place, annotate
from outcrop.flow.prepare import prepare
from outcrop.flow.reading import Reader
from outcrop.flow.session import Session
from outcrop.flow.structured import RevealingReader, reveal
from outcrop.flow.target import Target
from outcrop.flow.wires import Wire, wire_for
from outcrop.http import Headers, HttpRequest, header
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Call, Response

ENGINE_HEADER: Final = "x-outcrop-engine"
"""Set by outcrop's emulator on every answer; names the engine that spoke."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it will be sent, but for the signature, which is made anew each time."""

    http: HttpRequest
    place: Place
    wire: Wire
    adjustments: tuple[Adjustment, ...]
    shaped: bool = False
    """Whether the form of the answer was asked for in another way than the caller's."""

    def decode(self, body: bytes, headers: Headers) -> Response:
        """Read a whole answer.

        Raises:
            WireError: It is none.
        """
        answer = self.wire.decode(body, headers)
        return reveal(answer) if self.shaped else answer

    def reader(self) -> Reader:
        """Return what reads a streamed answer."""
        reader = self.wire.reader()
        return RevealingReader(reader) if self.shaped else reader


def draft(request: Request, target: Target, *, stream: bool) -> Draft:
    """Turn a conversation into the request that will be signed and sent.

    Raises:
        BadRequestError: The conversation cannot be sent; nothing was.
        UnsupportedError: The wire cannot guard it.
    """
    if request.model != target.model:
        request = msgspec.structs.replace(request, model=target.model)
    wire = target.wire or wire_for(request, target.vendor)
    if request.guardrail is not None and not wire.guards:
        # Left out like other parameters, it would leave the call unguarded.
        raise UnsupportedError(
            f"{wire.whole.name} takes no guardrail", hint="leave api= out, or the guardrail"
        )
    operation = wire.streamed if stream else wire.whole
    said = without_beside(request, wire.carried)
    prepared, adjustments = prepare(said, wire, strict=target.strict_parameters)
    return Draft(
        http=HttpRequest(
            method="POST",
            origin=target.endpoint.origin,
            target=target.endpoint.prefix + operation.path(target.model),
            headers=target.headers + operation.headers + headers_beside(request, wire.carried),
            body=wire.encode(prepared, stream),
            timeouts=target.timeouts,
        ),
        place=place_of(target, operation.name),
        wire=wire,
        shaped=request.text_format is not None and prepared.text_format is None,
        adjustments=target.adjustments + adjustments,
    )


def call_model(request: Request, target: Target, session: Session) -> Flow[Response]:
    """Ask, and return the whole answer.

    Raises:
        OutcropError: No answer; the class says whose fault it was.
    """
    plan = draft(request, target, stream=False)
    reply, attempts = yield from persist(
        lambda: accepted(send, plan.http, plan.place, target, session), plan.place, target, session
    )
    call = call_of(plan, target, reply.headers, attempts)
    try:
        answer = plan.decode(reply.body, reply.headers)
    except OutcropError as error:
        error.attempts = attempts
        error.request_id = call.request_id
        annotate(error, plan.place)
        raise
    return msgspec.structs.replace(answer, call=call)


def call_of(plan: Draft, target: Target, headers: Headers, attempts: int) -> Call:
    """Say how a call was made."""
    return Call(
        api=plan.wire.api,
        endpoint=plan.place.endpoint,
        region=target.region,
        resolved_model=target.model,
        request_id=header(headers, "x-amzn-requestid"),
        attempts=attempts,
        served_by=header(headers, ENGINE_HEADER),
        adjustments=plan.adjustments,
    )
