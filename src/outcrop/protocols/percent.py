"""Percent-encoding of URL parts, as AWS signs them.

Place in the house: protocol layer. Knows the characters of a URL; knows nothing of hosts, models
or requests.

    target = f"/model/{encode_segment(model_id)}/converse"

Unreserved are ``A-Z a-z 0-9 - . _ ~``, everything else is written ``%XX`` in upper case, one for
each byte of UTF-8. (`urllib.parse` does the same, slower, and its import is not free.)

Source: RFC 3986, section 2; behaviour specification, WIRE-02.
"""

import re
from functools import lru_cache

from outcrop.errors import BadRequestError

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_COMPONENT = tuple(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256))
_PATH = tuple("/" if text == "%2F" else text for text in _COMPONENT)
# Bedrock's own limit of a model id. What is longer comes from a caller who tries something, and
# would fill the memo.
_LONGEST_ID = 2048
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def encode_segment(text: str) -> str:
    """Write `text` as one segment of a URL path: ``/`` becomes ``%2F``.

    Raises:
        BadRequestError: `text` is empty, ``.`` or ``..``, which every HTTP hop may resolve away.
    """
    if text in {"", ".", ".."}:
        raise BadRequestError(
            f'"{text}" cannot stand in a URL path', hint="Give a model id, profile id or ARN"
        )
    return _remembered(text) if len(text) <= _LONGEST_ID else encode_component(text)


def encode_component(text: str) -> str:
    """Percent-encode everything that is not unreserved."""
    return "".join(map(_COMPONENT.__getitem__, text.encode()))


_remembered = lru_cache(maxsize=1024)(encode_component)


def encode_path(text: str) -> str:
    """Percent-encode everything that is neither unreserved nor ``/``."""
    return "".join(map(_PATH.__getitem__, text.encode()))


def recode_component(text: str) -> str:
    """Bring a part of a query, percent-encoded or not, to the one form that is signed."""
    raw = _ESCAPE.sub(_unescape, text.encode())
    return "".join(map(_COMPONENT.__getitem__, raw))


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode())
