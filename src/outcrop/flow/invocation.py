"""One request over InvokeModel or its neighbours whose body only its codec understands.

Place in the house: flow. No I/O. Carries bodies; what they mean is the caller's business.

Source: behaviour specification, EMB-01, EMB-09, MODEL-04.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from outcrop.errors import OutcropError, WireError
from outcrop.flow.attempt import accepted, persist, place_of
from outcrop.flow.call import ENGINE_HEADER
from outcrop.flow.effects import Flow, T, send
from outcrop.flow.faults import annotate
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import Headers, HttpRequest, header
from outcrop.models.ids import parse_model_id
from outcrop.protocols.percent import encode_segment
from outcrop.types.responses import Adjustment, Call

PROFILE_S: Final = 24 * 3600.0
"""How long what stands behind an application profile is believed, seconds."""

_TOKENS: Final = "x-amzn-bedrock-input-token-count"
_JSON: Final = (("content-type", "application/json"), ("accept", "application/json"))


class Road(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation stands on the wire."""

    operation: str
    api: str
    """As in `Call.api`."""
    path: str
    method: str = "POST"


class Invoked(msgspec.Struct, frozen=True):
    """A reply, read to its end and not understood yet."""

    body: bytes
    headers: Headers
    call: Call

    @property
    def input_tokens(self) -> int | None:
        """What the headers say was counted; None where they do not."""
        text = header(self.headers, _TOKENS)
        return int(text) if text.isascii() and text.isdigit() else None


def invoke_road(target: Target) -> Road:
    """Return the way to InvokeModel."""
    path = f"/model/{encode_segment(target.model)}/invoke"
    return Road(operation="InvokeModel", api="invoke", path=path)


def exchange(
    road: Road,
    body: bytes,
    target: Target,
    session: Session,
    adjustments: tuple[Adjustment, ...] = (),
) -> Flow[Invoked]:
    """Send a body until it is accepted; return the reply.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    place = place_of(target, road.operation)
    request = HttpRequest(
        method=road.method,
        origin=target.endpoint.origin,
        target=target.endpoint.prefix + road.path,
        headers=target.headers + (_JSON if body else _JSON[1:]),
        body=body,
        timeouts=target.timeouts,
    )
    reply, attempts = yield from persist(
        lambda: accepted(send, request, place, target, session), place, target, session
    )
    call = Call(
        api=road.api,
        endpoint=place.endpoint,
        region=target.region,
        resolved_model=target.model,
        request_id=header(reply.headers, "x-amzn-requestid"),
        attempts=attempts,
        served_by=header(reply.headers, ENGINE_HEADER),
        adjustments=target.adjustments + adjustments,
    )
    return Invoked(reply.body, reply.headers, call)


def understand(invoked: Invoked, decode: Callable[[bytes], T], road: Road, target: Target) -> T:
    """Decode a reply.

    Raises:
        OutcropError: It cannot be understood, or says that the model failed.
    """
    try:
        return decode(invoked.body)
    except OutcropError as error:
        error.attempts = invoked.call.attempts
        error.request_id = invoked.call.request_id
        annotate(error, place_of(target, road.operation))
        raise


class _ProfileModel(msgspec.Struct, frozen=True, rename="camel"):
    model_arn: str


class _Profile(msgspec.Struct, frozen=True):
    models: tuple[_ProfileModel, ...] = ()


_profile: Final = msgspec.json.Decoder(_Profile)


def model_behind(target: Target, control: Target, session: Session) -> Flow[str]:
    """Return an id that says which model is asked; for most, the one that was given.

    An application profile's id does not say it: AWS is asked once a day (MODEL-04).

    Args:
        target: Where the model is called.
        control: Where profiles are looked up.
        session: The client's memory.

    Raises:
        OutcropError: AWS does not tell.
    """
    read = parse_model_id(target.model)
    if read.base or read.kind != "application-inference-profile":
        return target.model
    name = f"behind/{target.model}"
    known = session.kept(name)
    if isinstance(known, str):
        return known
    road = Road(
        operation="GetInferenceProfile",
        api="control",
        path=f"/inference-profiles/{encode_segment(target.model)}",
        method="GET",
    )
    invoked = yield from exchange(road, b"", control, session)
    behind = understand(invoked, _model_of, road, control)
    session.keep(name, behind, PROFILE_S)
    return behind


def _model_of(body: bytes) -> str:
    try:
        profile = _profile.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"GetInferenceProfile is not readable: {error}") from error
    if not profile.models:
        raise WireError("GetInferenceProfile names no model")
    return profile.models[0].model_arn
