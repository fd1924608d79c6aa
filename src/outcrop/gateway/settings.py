"""How the gateway is run. Pure: the environment is an argument.

Place in the house: gateway.

Source: behaviour specification, GATE-01, GATE-03, GATE-07, GATE-10.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final, Self

import msgspec

from outcrop.errors import ConfigError
from outcrop.settings.values import boolean_of

_MIB: Final = 1024 * 1024


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one gateway."""

    master_key: str = ""
    """What clients must show; empty lets every client in, and then only loopback may be bound."""
    body_limit: int = 32 * _MIB
    """Longest request body, bytes."""
    ping_every_s: float = 15.0
    """Longest silence on an event stream, seconds."""
    listing_fresh_s: float = 3600.0
    """How long a list of models is good for, seconds."""

    def __repr__(self) -> str:
        """Return the settings without the key."""
        key = "set" if self.master_key else "none"
        return f"GatewaySettings(master_key={key}, body_limit={self.body_limit})"

    @classmethod
    def resolve(cls, environ: Mapping[str, str], *, host: str) -> Self:
        """Read the environment.

        Raises:
            ConfigError: A value cannot be read, or an address that others reach has no key.
        """
        key = environ.get("OUTCROP_MASTER_KEY", "").strip()
        open_allowed = boolean_of(environ, "OUTCROP_ALLOW_OPEN", default=False)
        if not key and not open_allowed and not _is_loopback(host):
            raise ConfigError(
                f"Without a key the gateway listens on loopback only, not on {host}",
                hint="set OUTCROP_MASTER_KEY, or OUTCROP_ALLOW_OPEN=1 to let everybody in",
            )
        return cls(master_key=key, body_limit=_body_limit(environ))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _body_limit(environ: Mapping[str, str]) -> int:
    text = environ.get("OUTCROP_BODY_LIMIT", "").strip()
    if not text:
        return 32 * _MIB
    if not text.isdigit() or int(text) == 0:
        raise ConfigError(
            f"OUTCROP_BODY_LIMIT is {text!r}, not a number of bytes", hint="use e.g. 33554432"
        )
    return int(text)
