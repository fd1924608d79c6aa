"""Where one call goes: settings, hosts and the model's own id, joined.

Place in the house: flow. Pure. `settings` says what was set, `protocols.endpoints` what hosts
mean, `models` what an id asks for; nobody else knows all three.

    endpoints = resolve_endpoints(settings.places, parse_model_id("eu.amazon.nova-pro-v1:0"))
    endpoints.region, endpoints.runtime, endpoints.adjustments

The first of these names the region, and the first three are a choice that a model's geography
does not overrule: what was set for Bedrock, the host of the base URL, the model's ARN, what was set
for AWS at large, us-east-1.

Source: behaviour specification, REGION-01 to REGION-05, EP-01 to EP-03, MODEL-03, ERR-16.
"""

from typing import Final, Protocol

import msgspec

from outcrop.errors import BadRequestError, ConfigError
from outcrop.models.geography import geography
from outcrop.models.ids import ModelId
from outcrop.protocols.endpoints import (
    Endpoint,
    control_endpoint,
    control_url,
    parse_base_url,
    region_of_host,
    runtime_url,
)
from outcrop.settings.places import Places
from outcrop.settings.values import DEFAULT, Value, first_set
from outcrop.types.responses import Adjustment

DEFAULT_REGION: Final = "us-east-1"


class UrlOf(Protocol):
    """Makes a URL of a region."""

    def __call__(self, region: str, *, fips: bool = False, dualstack: bool = False) -> str:
        """Return where a service is in `region`."""


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where to call, and why there."""

    runtime: Endpoint
    """Where models are called."""
    control: Endpoint
    """Where models are listed."""
    region: Value[str]
    """The region that is asked, and signed for; its origin may be ``"default"``."""
    runtime_origin: str = DEFAULT
    control_origin: str = DEFAULT
    adjustments: tuple[Adjustment, ...] = ()
    """What the model's id changed."""


class _Region(msgspec.Struct, frozen=True):
    """A region, and whether somebody chose it."""

    value: Value[str]
    explicit: bool


def resolve_endpoints(places: Places, model: ModelId | None = None) -> Endpoints:
    """Return where a call to `model` goes, or the calls of a client that name none.

    Raises:
        ConfigError: A URL is none, or names another region than was chosen.
        BadRequestError: The model's id belongs to another region than was chosen.
    """
    base = _parsed(places.base_url)
    chosen = _choose_region(places, base, model)
    region = _steered(chosen, model)
    return Endpoints(
        runtime=base or _canonical(runtime_url, region.value, places),
        control=_control(places, region.value, chosen),
        region=region,
        runtime_origin=places.base_url.origin if places.base_url else DEFAULT,
        control_origin=places.control_base_url.origin if places.control_base_url else DEFAULT,
        adjustments=_adjustments(chosen.value, region, model),
    )


def _parsed(url: Value[str] | None) -> Endpoint | None:
    return parse_base_url(url.value, url.origin) if url else None


def _choose_region(places: Places, base: Endpoint | None, model: ModelId | None) -> _Region:
    of_host = _region_of_url(places.base_url, base)
    of_model = Value(model.region, "the model's ARN") if model and model.region else None
    if places.region and of_host:
        _refuse_two_regions(places.region, of_host)
    explicit = first_set(places.region, of_host)
    if explicit and of_model and explicit.value != of_model.value:
        raise BadRequestError(
            f"{explicit.origin} says {explicit.value}, and the model's ARN is of {of_model.value}",
            hint=f"ask {of_model.value}, or use a model of {explicit.value}",
        )
    chosen = first_set(explicit, of_model)
    if chosen:
        return _Region(chosen, explicit=True)
    return _Region(places.ambient_region or Value(DEFAULT_REGION, DEFAULT), explicit=False)


def _region_of_url(url: Value[str] | None, parsed: Endpoint | None) -> Value[str] | None:
    region = region_of_host(parsed.origin.host) if parsed else ""
    return Value(region, f"the host of {url.origin}") if url and region else None


def _steered(chosen: _Region, model: ModelId | None) -> Value[str]:
    """Return the region to ask: where it was nobody's choice, one the id's geography allows."""
    home = geography(model.geo) if model else None
    if model is None or home is None or home.contains(chosen.value.value):
        return chosen.value
    if chosen.explicit:
        raise BadRequestError(
            f"Profile {model.wire} is called from {', '.join(home.sources)} regions; "
            f"region is {chosen.value.value} ({chosen.value.origin})",
            hint=f"choose a region such as {home.default}, or a profile of this one",
        )
    return Value(home.default, f"the model's prefix {home.prefix}.")


def _canonical(url_of: UrlOf, region: str, places: Places) -> Endpoint:
    url = url_of(region, fips=places.fips, dualstack=places.dualstack)
    return parse_base_url(url, DEFAULT)


def _control(places: Places, region: str, chosen: _Region) -> Endpoint:
    given = _parsed(places.control_base_url)
    if given is None:
        return _canonical(control_url, region, places)
    if places.control_shares_base_url:
        return control_endpoint(given)
    of_host = _region_of_url(places.control_base_url, given)
    if chosen.explicit and of_host:
        _refuse_two_regions(chosen.value, of_host)
    return given


def _refuse_two_regions(one: Value[str], other: Value[str]) -> None:
    if one.value != other.value:
        raise ConfigError(
            f"{one.origin} says {one.value}, and {other.origin} is of {other.value}",
            hint="make them agree, or leave one out",
        )


def _adjustments(
    chosen: Value[str], region: Value[str], model: ModelId | None
) -> tuple[Adjustment, ...]:
    changes: list[Adjustment] = []
    if model and not model.text.strip().endswith(model.wire):
        detail = f"{model.text.strip()} is called {model.wire}"
        changes.append(Adjustment(rule="model_resolved", detail=detail))
    if region is not chosen:
        changes.append(
            Adjustment(
                rule="region_steered",
                detail=f"{region.value} instead of {chosen.value} ({chosen.origin}): "
                f"{region.origin}",
            )
        )
    return tuple(changes)
