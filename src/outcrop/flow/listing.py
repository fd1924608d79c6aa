"""Which models can be called: foundation models and inference profiles, from the control plane.

Place in the house: flow. No I/O. Two flows that a client runs side by side, and the pure function
that makes one list of what they bring.

Source: behaviour specification, LIST-01, LIST-02, LIST-05; ListFoundationModels and
ListInferenceProfiles of the Bedrock API reference.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from outcrop.errors import OutcropError, WireError
from outcrop.flow.authorise import authorise
from outcrop.flow.effects import Flow, send
from outcrop.flow.faults import Place, annotate, error_of_reply
from outcrop.flow.retry import with_retries
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import HttpRequest, HttpResponse
from outcrop.protocols.awserrors import decode_fault
from outcrop.protocols.percent import encode_component

FIXED_EPOCH: Final = 1_677_628_800
"""Stands for a start of life that AWS does not tell: 2023-03-01, before Bedrock's first model."""

_SUCCESS: Final = 2
_PAGE: Final = 1000
_ACCEPT: Final = (("accept", "application/json"),)


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A model, or an inference profile, that can be called."""

    id: str
    """What goes into `Request.model`: a model id, a profile id, or a profile's ARN."""
    name: str
    provider: str
    """As AWS spells it, e.g. ``"Mistral AI"``; ``""`` where AWS does not say."""
    source: str
    """``"foundation-model"``, ``"inference-profile"`` or ``"application-profile"``."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    streaming: bool | None = None
    lifecycle: str = ""
    created: int = FIXED_EPOCH
    """Seconds since the epoch."""

    @property
    def owned_by(self) -> str:
        """The vendor, lower case; ``"bedrock"`` where AWS does not say."""
        return self.provider.lower() or "bedrock"


class Lifecycle(msgspec.Struct, frozen=True, rename="camel"):
    """Where a model stands in its life."""

    status: str | None = None
    start_of_life_time: str | float | None = None


class FoundationModel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row of ListFoundationModels, as far as it is used."""

    model_id: str
    model_name: str | None = None
    provider_name: str | None = None
    input_modalities: tuple[str, ...] | None = None
    output_modalities: tuple[str, ...] | None = None
    response_streaming_supported: bool | None = None
    inference_types_supported: tuple[str, ...] | None = None
    model_lifecycle: Lifecycle | None = None


class ProfileModel(msgspec.Struct, frozen=True, rename="camel"):
    """A model that a profile leads to."""

    model_arn: str | None = None


class InferenceProfile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row of ListInferenceProfiles, as far as it is used."""

    inference_profile_id: str
    inference_profile_arn: str
    inference_profile_name: str | None = None
    models: tuple[ProfileModel, ...] | None = None
    status: str | None = None
    type: str | None = None


class _Models(msgspec.Struct, frozen=True, rename="camel"):
    model_summaries: tuple[FoundationModel, ...] = ()


class _Profiles(msgspec.Struct, frozen=True, rename="camel"):
    inference_profile_summaries: tuple[InferenceProfile, ...] = ()
    next_token: str | None = None


_models: Final = msgspec.json.Decoder(_Models)
_profiles: Final = msgspec.json.Decoder(_Profiles)


def foundation_models(target: Target, session: Session) -> Flow[tuple[FoundationModel, ...]]:
    """List the text models of a region.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    place = Place(
        region=target.region, endpoint=str(target.endpoint.origin), operation="ListFoundationModels"
    )
    path = "/foundation-models?byOutputModality=TEXT"
    reply = yield from _get(path, place, target, session)
    try:
        return _models.decode(reply.body).model_summaries
    except msgspec.DecodeError as error:
        raise WireError(f"ListFoundationModels: {error}") from error


def inference_profiles(
    target: Target, session: Session, kind: str
) -> Flow[tuple[InferenceProfile, ...]]:
    """List the inference profiles of a region, all pages.

    Args:
        target: Where and as whom.
        session: The client's memory.
        kind: ``"SYSTEM_DEFINED"`` or ``"APPLICATION"``.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    place = Place(
        region=target.region,
        endpoint=str(target.endpoint.origin),
        operation="ListInferenceProfiles",
    )
    found: list[InferenceProfile] = []
    token: str | None = None
    while True:
        more = f"&nextToken={encode_component(token)}" if token else ""
        path = f"/inference-profiles?maxResults={_PAGE}{more}&type={kind}"
        reply = yield from _get(path, place, target, session)
        try:
            page = _profiles.decode(reply.body)
        except msgspec.DecodeError as error:
            raise WireError(f"ListInferenceProfiles: {error}") from error
        found.extend(page.inference_profile_summaries)
        token = page.next_token
        if not token:
            return tuple(found)


def _get(path: str, place: Place, target: Target, session: Session) -> Flow[HttpResponse]:
    request = HttpRequest(
        method="GET",
        origin=target.endpoint.origin,
        target=target.endpoint.prefix + path,
        headers=target.headers + _ACCEPT,
        timeouts=target.timeouts,
    )

    def attempt() -> Flow[HttpResponse]:
        reply = yield from send(authorise(request, target, session))
        if reply.status // 100 != _SUCCESS:
            fault = decode_fault(reply.status, reply.headers, reply.body, now=session.now())
            raise error_of_reply(fault, place)
        return reply

    try:
        reply, _ = yield from with_retries(
            attempt, policy=target.retry, session=session, place=target.retry_place
        )
    except OutcropError as error:
        annotate(error, place)
        raise
    return reply


def merge(
    models: Iterable[FoundationModel], profiles: Iterable[InferenceProfile]
) -> tuple[ModelInfo, ...]:
    """Make one list of what can be called: on-demand models, then profiles, each by id.

    A model that only profiles reach is left out; a profile is kept when its model is a text model,
    or unknown to the first list.
    """
    rows = {row.model_id: row for row in models}
    callable_rows = (row for row in rows.values() if _on_demand(row))
    listed = [_of_model(row) for row in callable_rows]
    listed += [_of_profile(profile, rows) for profile in profiles if profile.status != "INACTIVE"]
    return tuple(sorted(listed, key=lambda info: info.id))


def _on_demand(row: FoundationModel) -> bool:
    return "ON_DEMAND" in (row.inference_types_supported or ())


def _of_model(row: FoundationModel) -> ModelInfo:
    life = row.model_lifecycle or Lifecycle()
    return ModelInfo(
        id=row.model_id,
        name=row.model_name or row.model_id,
        provider=row.provider_name or "",
        source="foundation-model",
        inputs=row.input_modalities or (),
        outputs=row.output_modalities or (),
        streaming=row.response_streaming_supported,
        lifecycle=life.status or "",
        created=_created(life),
    )


def _of_profile(profile: InferenceProfile, rows: dict[str, FoundationModel]) -> ModelInfo:
    ids = (_id_of_arn(model.model_arn or "") for model in profile.models or ())
    row = next((rows[model_id] for model_id in ids if model_id in rows), None)
    is_own = profile.type == "APPLICATION"
    shown = _of_model(row) if row else None
    return ModelInfo(
        id=profile.inference_profile_arn if is_own else profile.inference_profile_id,
        name=profile.inference_profile_name or profile.inference_profile_id,
        provider=shown.provider if shown else "",
        source="application-profile" if is_own else "inference-profile",
        inputs=shown.inputs if shown else (),
        outputs=shown.outputs if shown else (),
        streaming=shown.streaming if shown else None,
        lifecycle=shown.lifecycle if shown else "",
        created=shown.created if shown else FIXED_EPOCH,
    )


def _id_of_arn(arn: str) -> str:
    return arn.partition("foundation-model/")[2]


def _created(life: Lifecycle) -> int:
    start = life.start_of_life_time
    if isinstance(start, float | int):
        return int(start)
    if not start:
        return FIXED_EPOCH
    try:
        return int(datetime.fromisoformat(start).timestamp())
    except ValueError:
        return FIXED_EPOCH
