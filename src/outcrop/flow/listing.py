"""Which models can be called: foundation models and inference profiles, from the control plane.

Place in the house: flow. No I/O. Two flows that a client runs side by side, and the pure function
that makes one list of what they bring.

Source: behaviour specification, LIST-01, LIST-02, LIST-05; ListFoundationModels and
ListInferenceProfiles of the Bedrock API reference.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from outcrop.errors import WireError
from outcrop.flow.attempt import accepted, persist, place_of
from outcrop.flow.effects import Flow, send
from outcrop.flow.faults import Place, annotate
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import HttpRequest
from outcrop.protocols.percent import encode_component

FIXED_EPOCH: Final = 1_677_628_800
"""Stands for a start of life that AWS does not tell: 2023-03-01, before Bedrock's first model."""

P = TypeVar("P")

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
    model_summaries: tuple[FoundationModel, ...] | None = None


class _Profiles(msgspec.Struct, frozen=True, rename="camel"):
    inference_profile_summaries: tuple[InferenceProfile, ...] | None = None
    next_token: str | None = None


_models: Final = msgspec.json.Decoder(_Models)
_profiles: Final = msgspec.json.Decoder(_Profiles)


def foundation_models(target: Target, session: Session) -> Flow[tuple[FoundationModel, ...]]:
    """List the text models of a region.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    place = place_of(target, "ListFoundationModels")
    path = "/foundation-models?byOutputModality=TEXT"
    page = yield from _get(_models, path, place, target, session)
    return page.model_summaries or ()


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
    place = place_of(target, "ListInferenceProfiles")
    found: list[InferenceProfile] = []
    seen: set[str] = set()
    token = ""
    while token not in seen:
        seen.add(token)
        more = f"&nextToken={encode_component(token)}" if token else ""
        path = f"/inference-profiles?maxResults={_PAGE}{more}&type={kind}"
        page = yield from _get(_profiles, path, place, target, session)
        found.extend(page.inference_profile_summaries or ())
        token = page.next_token or ""
    return tuple(found)


def _get(
    decoder: msgspec.json.Decoder[P], path: str, place: Place, target: Target, session: Session
) -> Flow[P]:
    request = HttpRequest(
        method="GET",
        origin=target.endpoint.origin,
        target=target.endpoint.prefix + path,
        headers=target.headers + _ACCEPT,
        timeouts=target.timeouts,
    )
    reply, attempts = yield from persist(
        lambda: accepted(send, request, place, target, session), place, target, session
    )
    try:
        return decoder.decode(reply.body)
    except msgspec.DecodeError as error:
        unread = WireError(f"{place.operation} answered what is no list: {error}")
        unread.attempts = attempts
        raise annotate(unread, place) from error


def merge(
    models: Iterable[FoundationModel], profiles: Iterable[InferenceProfile]
) -> tuple[ModelInfo, ...]:
    """Make one list of what can be called, models on demand and profiles, sorted by id.

    A model that only profiles reach is left out; so is a profile that leads to no model of the
    first list, which are the text models. Where that list is missing, every profile is kept.
    """
    rows = {row.model_id: row for row in models}
    listed = [_of_model(row) for row in rows.values() if _on_demand(row)]
    for profile in profiles:
        row = _model_of(profile, rows)
        if profile.status != "INACTIVE" and (row is not None or not rows):
            listed.append(_of_profile(profile, row))
    return tuple(sorted({info.id: info for info in listed}.values(), key=lambda info: info.id))


def _model_of(
    profile: InferenceProfile, rows: Mapping[str, FoundationModel]
) -> FoundationModel | None:
    ids = (_id_of_arn(model.model_arn or "") for model in profile.models or ())
    return next((rows[model_id] for model_id in ids if model_id in rows), None)


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


def _of_profile(profile: InferenceProfile, row: FoundationModel | None) -> ModelInfo:
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
        moment = datetime.fromisoformat(start)
    except ValueError:
        return FIXED_EPOCH
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
