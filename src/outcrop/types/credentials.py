"""Who asks: a pair of AWS keys, or a Bedrock API key.

Place in the house: types. Secrets live here in memory only: no `repr`, traceback or printer shows
more than the name of the key, and nothing of ours writes these values anywhere.

Source: behaviour specification, CRED-01, CRED-02, CRED-10.
"""

from typing import Any, TypeAlias

import msgspec


class KeyPair(msgspec.Struct, frozen=True):
    """AWS keys; requests are signed with them. Its `repr` names the key and keeps the secrets."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    """Empty for long-term keys."""

    def __repr__(self) -> str:
        """Return what may be logged."""
        return f"KeyPair(access_key_id={self.access_key_id!r}, ...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return what may be printed; msgspec's own would return every field."""
        return [("access_key_id", self.access_key_id)]


class Bearer(msgspec.Struct, frozen=True):
    """A Bedrock API key; it is sent as it is, and nothing is signed."""

    token: str

    def __repr__(self) -> str:
        """Return what may be logged."""
        return "Bearer(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return nothing; msgspec's own would return the key."""
        return []


Credentials: TypeAlias = KeyPair | Bearer
"""Anything a call can be made with."""
