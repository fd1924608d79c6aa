"""Where calls shall go: which region and which URL win, as texts.

Place in the house: settings. Pure. URLs are not taken apart here: `flow.endpoint` joins these
choices with what `protocols.endpoints` knows of hosts, and with the model of a call.

Source: behaviour specification, REGION-01, REGION-02, EP-01, EP-02.
"""

import re
from typing import Final

import msgspec

from outcrop.errors import ConfigError
from outcrop.settings.values import Value, Variables, argument, first_set, read_boolean

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Regions and URLs as they were set; None where nobody set them."""

    region: Value[str] | None = None
    """Chosen for Bedrock: an argument, BEDROCK_REGION, or BEDROCK_BASE_URL that is a region."""
    ambient_region: Value[str] | None = None
    """Set for AWS at large: AWS_REGION, AWS_DEFAULT_REGION."""
    base_url: Value[str] | None = None
    """Where models are called."""
    control_base_url: Value[str] | None = None
    """Where models are listed."""
    control_shares_base_url: bool = False
    """Whether `control_base_url` was given for calls: on AWS's hosts its neighbour is meant."""
    fips: bool = False
    dualstack: bool = False


def choose_places(
    variables: Variables,
    *,
    region: str | None = None,
    base_url: str | None = None,
    control_base_url: str | None = None,
) -> Places:
    """Choose by the orders of REGION-01, EP-01 and EP-02, as far as texts tell.

    Raises:
        ConfigError: A region has no region's form, or a switch cannot be read.
    """
    base = first_set(argument("base_url", base_url), variables.get("BEDROCK_BASE_URL"))
    shared = base if base and "://" in base.value else None
    own = first_set(
        argument("control_base_url", control_base_url), variables.get("BEDROCK_CONTROL_BASE_URL")
    )
    return Places(
        region=_chosen_region(variables, region, base),
        ambient_region=_checked(
            first_set(variables.get("AWS_REGION"), variables.get("AWS_DEFAULT_REGION"))
        ),
        base_url=first_set(
            shared,
            variables.get("AWS_BEDROCK_BASE_URL"),
            _service_url(variables, "BEDROCK_RUNTIME"),
        ),
        control_base_url=first_set(own, shared, _service_url(variables, "BEDROCK")),
        control_shares_base_url=own is None and shared is not None,
        fips=_switch(variables, "AWS_USE_FIPS_ENDPOINT"),
        dualstack=_switch(variables, "AWS_USE_DUALSTACK_ENDPOINT"),
    )


def _chosen_region(
    variables: Variables, region: str | None, base: Value[str] | None
) -> Value[str] | None:
    chosen = first_set(argument("region", region), variables.get("BEDROCK_REGION"))
    if chosen or base is None or "://" in base.value:
        return _checked(chosen)
    if not _REGION.fullmatch(base.value):
        raise ConfigError(
            f"{base.origin} {base.value!r} is neither a URL nor a region",
            hint="use https://host[:port][/path], or a region such as us-east-1",
        )
    return base


def _checked(region: Value[str] | None) -> Value[str] | None:
    if region and not _REGION.fullmatch(region.value):
        raise ConfigError(
            f"{region.origin} {region.value!r} is not an AWS region",
            hint="use a region such as us-east-1",
        )
    return region


def _service_url(variables: Variables, service: str) -> Value[str] | None:
    if _switch(variables, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return None
    return first_set(
        variables.get(f"AWS_ENDPOINT_URL_{service}"), variables.get("AWS_ENDPOINT_URL")
    )


def _switch(variables: Variables, name: str) -> bool:
    text = variables.get(name)
    return read_boolean(text).value if text else False
