"""The control plane's lists: which models and inference profiles there are.

Place in the house: emulator. Pure. Lists what this emulator really answers: the catalogue's models
that it converses or is invoked with, and our own.

Source: service model of bedrock, shapes FoundationModelSummary and InferenceProfileSummary;
recordings of both lists; behaviour specification, EMU-01.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.engines import echo
from outcrop.emulator.shapes import check_shape, number_members, query_members
from outcrop.models.card import ModelCard
from outcrop.models.catalogue import cards
from outcrop.models.families import purpose_of
from outcrop.models.geography import geography

ACCOUNT: Final = "123456789012"
_PAGE: Final = 1000
_ANSWERED: Final = frozenset({"text", "embedding", "rerank", "image"})
_OWN_PROVIDER: Final = "outcrop"
_OWN_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        echo.ECHO: "Echo",
        echo.TOOLS: "Echo, calling tools",
        echo.JSON: "Echo, in JSON",
        echo.THINK: "Echo, thinking",
    }
)
_OWN_CARDS: Final = tuple(
    ModelCard(
        id=model,
        name=name,
        provider=_OWN_PROVIDER,
        inputs=("TEXT", "IMAGE"),
        streaming=True,
        evidence=(),
    )
    for model, name in _OWN_NAMES.items()
)


class Summary(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One model, as AWS lists it."""

    model_arn: str
    model_id: str
    model_name: str
    provider_name: str
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    response_streaming_supported: bool | None = None
    customizations_supported: list[str] | None
    inference_types_supported: tuple[str, ...]
    model_lifecycle: dict[str, str]


class ProfileModel(msgspec.Struct, frozen=True, rename="camel"):
    """Where a profile leads."""

    model_arn: str


class Profile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One inference profile, as AWS lists it."""

    inference_profile_name: str
    inference_profile_arn: str
    inference_profile_id: str
    description: str
    models: tuple[ProfileModel, ...]
    status: str = "ACTIVE"
    type: str = "SYSTEM_DEFINED"


def read_query(operation: str, query: bytes) -> dict[str, Any]:
    """Read the parameters of a list.

    Raises:
        Refusal: One is not what the service model allows.
    """
    members = query_members(operation)
    numbers = number_members(operation)
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    found = {
        members[name]: _read_value(value, number=members[name] in numbers)
        for name, value in given
        if name in members
    }
    check_shape(operation, found)
    return found


def _read_value(value: str, *, number: bool) -> str | int:
    return int(value) if number and value.isascii() and value.isdigit() else value


def list_models(region: str, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply of ListFoundationModels."""
    kept = (
        card
        for card in _served()
        if all(_FILTERS[name](card, value) for name, value in filters.items())
    )
    return {"modelSummaries": [_summary(card, region) for card in kept]}


def get_model(region: str, model: str) -> dict[str, Any]:
    """Return the reply of GetFoundationModel.

    Raises:
        Refusal: There is no such model.
    """
    wanted = model.rpartition("foundation-model/")[2]
    card = next((card for card in _served() if card.id == wanted), None)
    if card is None:
        raise wordings.UNKNOWN_FOUNDATION_MODEL.refusal()
    return {"modelDetails": _summary(card, region)}


def _served() -> Iterator[ModelCard]:
    for card in cards():
        living = "runtime" in card.endpoints and card.lifecycle != "RETIRED"
        if living and purpose_of(card.id) in _ANSWERED:
            yield card
    yield from _OWN_CARDS


_Filter = Callable[[ModelCard, str], bool]
_FILTERS: Final[Mapping[str, _Filter]] = MappingProxyType(
    {
        "byProvider": lambda card, value: card.provider.lower() == value.lower(),
        "byOutputModality": lambda card, value: value in card.outputs,
        "byInferenceType": lambda card, value: value in card.inference,
        # Nothing here can be customised.
        "byCustomizationType": lambda _card, _value: False,
    }
)


def _summary(card: ModelCard, region: str) -> Summary:
    return Summary(
        model_arn=_model_arn(card, region),
        model_id=card.id,
        model_name=card.name,
        provider_name=card.provider,
        input_modalities=card.inputs,
        output_modalities=card.outputs,
        response_streaming_supported=card.streaming,
        customizations_supported=[],
        inference_types_supported=card.inference,
        model_lifecycle={"status": card.lifecycle},
    )


def list_profiles(region: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of ListInferenceProfiles.

    Raises:
        Refusal: The token of the page is not one of ours.
    """
    system = asked.get("typeEquals", "SYSTEM_DEFINED") == "SYSTEM_DEFINED"
    found = list(_profiles(region)) if system else []
    start = _read_token(asked["nextToken"]) if "nextToken" in asked else 0
    end = start + asked.get("maxResults", _PAGE)
    following = {"nextToken": _write_token(end)} if end < len(found) else {}
    return {"inferenceProfileSummaries": found[start:end], **following}


def get_profile(region: str, profile: str) -> Profile:
    """Return the reply of GetInferenceProfile.

    Raises:
        Refusal: There is no such profile in this region.
    """
    wanted = profile.rpartition("inference-profile/")[2]
    found = (each for each in _profiles(region) if each.inference_profile_id == wanted)
    return next(found, None) or _no_profile(wanted)


def _no_profile(profile: str) -> Profile:
    raise wordings.UNKNOWN_PROFILE.refusal(profile=profile)


_TOKEN_START: Final = b"outcrop/"


def _write_token(start: int) -> str:
    return urlsafe_b64encode(_TOKEN_START + str(start).encode()).decode()


def _read_token(token: str) -> int:
    try:
        start = urlsafe_b64decode(token)
    except (Base64Error, ValueError):
        start = b""
    number = start.removeprefix(_TOKEN_START)
    if number == start or not number.isdigit():
        raise wordings.INVALID_PAGE.refusal()
    return int(number)


def _profiles(region: str) -> Iterator[Profile]:
    for card in _served():
        for prefix in card.profiles:
            found = geography(prefix)
            if found is not None and found.contains(region):
                yield _profile(card, prefix, region, found.default)


def _profile(card: ModelCard, prefix: str, region: str, default: str) -> Profile:
    label = prefix.capitalize() if prefix == "global" else prefix.upper()
    maker = "" if card.name.startswith(card.provider) else f"{card.provider} "
    name = f"{label} {maker}{card.name}"
    profile = f"{prefix}.{card.id}"
    targets = dict.fromkeys((region, default))
    partition = _partition(region)
    return Profile(
        inference_profile_name=name,
        inference_profile_arn=f"arn:{partition}:bedrock:{region}:{ACCOUNT}:inference-profile/{profile}",
        inference_profile_id=profile,
        description=f"Routes requests to {maker}{card.name} in {' and '.join(targets)}.",
        models=tuple(ProfileModel(_model_arn(card, target)) for target in targets),
    )


def _model_arn(card: ModelCard, region: str) -> str:
    return f"arn:{_partition(region)}:bedrock:{region}::foundation-model/{card.id}"


_PARTITIONS: Final = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc"))


def _partition(region: str) -> str:
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")
