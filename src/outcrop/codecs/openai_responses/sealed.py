"""Reasoning of any model inside ``encrypted_content``, so that it can be sent back unchanged.

Place in the house: OpenAI Responses codec. Clients keep ``encrypted_content`` and give it back;
what OpenAI's own models put there passes as it is. For every other model it is the blocks
themselves: a version, a full stop, and base64url of their JSON.

Source: behaviour specification, RESP-05, THINK-08.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec

from outcrop.types.content import Reasoning, RedactedReasoning

_PREFIX: Final = "outcrop1."


class _Sealed(msgspec.Struct, omit_defaults=True):
    text: str = ""
    signature: str | None = None
    data: bytes | None = None


_sealed: Final = msgspec.json.Decoder(_Sealed)


def seal(block: Reasoning | RedactedReasoning) -> str:
    """Write a block whole."""
    if isinstance(block, RedactedReasoning):
        content = _Sealed(data=block.data)
    else:
        content = _Sealed(text=block.text, signature=block.signature)
    return _PREFIX + urlsafe_b64encode(msgspec.json.encode(content)).decode()


def unseal(text: str) -> Reasoning | RedactedReasoning | None:
    """Read what `seal` wrote; None where it is another's, or was changed."""
    if not text.startswith(_PREFIX):
        return None
    try:
        content = _sealed.decode(urlsafe_b64decode(text.removeprefix(_PREFIX)))
    except (ValueError, msgspec.DecodeError):
        return None
    if content.data is not None:
        return RedactedReasoning(data=content.data)
    return Reasoning(text=content.text, signature=content.signature)
