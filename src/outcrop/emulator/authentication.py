"""Decides who may come in: signed requests, API keys, or anybody.

Place in the house: emulator. Pure; the clock is an argument.

Source: behaviour specification, CRED-02, EMU-02.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.signatures import Arrived, Key, check_signature
from outcrop.errors import ConfigError

DEFAULT_REGION: Final = "us-east-1"
DEFAULT_CREDENTIALS: Final[Mapping[str, Key]] = MappingProxyType(
    {"outcrop": Key(secret="outcrop")}  # noqa: S106 - public, and good for nothing else
)
"""The key pair that is always good where no other was configured: ``outcrop`` / ``outcrop``."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What is let in."""

    verify: bool = True
    """Whether anything is checked at all."""
    credentials: Mapping[str, Key] = DEFAULT_CREDENTIALS
    api_keys: tuple[str, ...] = ()
    """Bedrock API keys that are good; none lets every key in that is not empty."""
    region: str | None = None
    """Region that signatures must name; None takes any."""


def admit(gate: Gate, arrived: Arrived, now: float) -> str:
    """Return the region a request is meant for.

    Raises:
        Refusal: It may not come in.
    """
    if not gate.verify:
        return gate.region or DEFAULT_REGION
    scheme, _, token = arrived.value("authorization").partition(" ")
    if scheme.lower() == "bearer":
        return _admit_key(gate, token.strip())
    identity = check_signature(arrived, keys=gate.credentials, region=gate.region, now=now)
    return identity.region


def _admit_key(gate: Gate, token: str) -> str:
    if not token or (gate.api_keys and token not in gate.api_keys):
        raise wordings.INVALID_API_KEY.refusal()
    return gate.region or DEFAULT_REGION


def parse_credentials(texts: tuple[str, ...]) -> Mapping[str, Key]:
    """Read key pairs written ``id:secret`` or ``id:secret:session-token``.

    Raises:
        ConfigError: One is written otherwise. The message does not repeat it.
    """
    pairs = dict(map(_parse_pair, texts))
    return MappingProxyType(pairs) if pairs else DEFAULT_CREDENTIALS


def _parse_pair(text: str) -> tuple[str, Key]:
    name, _, rest = text.partition(":")
    secret, _, token = rest.partition(":")
    if not name or not secret:
        raise ConfigError(
            "A key pair for the emulator is not readable",
            hint="Write it as id:secret or id:secret:session-token",
        )
    return name, Key(secret=secret, token=token)
