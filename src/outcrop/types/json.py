"""JSON that passes through unparsed, checked before it is let in.

Place in the house: types. `msgspec.Raw` is spliced into a document as it stands, so whatever
becomes a `Raw` here was first checked to be one complete JSON value: an arguments string
``{"x":1},"evil":{"y":2`` would otherwise add members to a body that we sign.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from outcrop.errors import BadRequestError

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_value: Final = msgspec.json.Decoder(msgspec.Raw)

EMPTY_OBJECT: Final = msgspec.Raw(b"{}")


def raw_value(text: bytes | str, what: str) -> msgspec.Raw:
    """Check that `text` is one complete JSON value and let it pass unparsed.

    Raises:
        BadRequestError: It is not; `what` names it in the message.
    """
    data = _utf8(text, what)
    try:
        _value.decode(data)
    except msgspec.DecodeError as error:
        raise BadRequestError(f"{what} is not valid JSON: {error}") from error
    except RecursionError:
        raise BadRequestError(f"{what} is nested too deep") from None
    return msgspec.Raw(data.strip())


def raw_object(text: bytes | str, what: str) -> msgspec.Raw:
    """Check that `text` is one complete JSON object and let it pass unparsed.

    Raises:
        BadRequestError: It is not; `what` names it in the message.
    """
    data = _utf8(text, what)
    if not is_object(data):
        raise BadRequestError(f"{what} must be one JSON object")
    return msgspec.Raw(data.strip())


def is_object(data: bytes | msgspec.Raw) -> bool:
    """Tell whether `data` is one complete JSON object and nothing else."""
    text = bytes(data)
    try:
        # What passes unparsed is not looked at closely: bytes that are no text must not slip by.
        if not text.isascii():
            text.decode()
        _members.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _utf8(text: bytes | str, what: str) -> bytes:
    try:
        if isinstance(text, str):
            return text.encode()
        text.decode()
    except UnicodeError:
        raise BadRequestError(f"{what} is not valid Unicode") from None
    return text


def encode_raw(value: object) -> msgspec.Raw:
    """Write a Python value as JSON that passes through from here on.

    Raises:
        BadRequestError: `value` holds something JSON has no form for.
    """
    if isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequestError(f"cannot be written as JSON: {error}") from error


class Extra(msgspec.Struct, frozen=True):
    """Members of a known object that the canonical model has no word for.

    The codec of the same API writes them back; every other codec leaves them out and says so.
    """

    api: str
    """The codec that read them, e.g. ``"converse"``."""
    members: dict[str, msgspec.Raw]

    @classmethod
    def of_fields(cls, fields: Mapping[str, Any] | None) -> "Extra | None":
        """Return members that a caller adds for an API that is not known yet; None for none.

        Raises:
            BadRequestError: One holds something JSON has no form for.
        """
        members = {name: encode_raw(value) for name, value in (fields or {}).items()}
        return cls("", members) if members else None

    def meant_for(self, api: str) -> "Extra":
        """Return the same members, for `api`."""
        return Extra(api, self.members)
