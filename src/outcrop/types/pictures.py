"""What a picture's first bytes say it is.

Place in the house: types. Pure.

Source: PNG specification; JFIF; GIF89a; RIFF container of WebP.
"""

from typing import Final

_BEGINNINGS: Final = (
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpeg", b"\xff\xd8\xff"),
    ("gif", b"GIF8"),
)
_WEBP: Final = slice(8, 12)


def format_of(data: bytes) -> str:
    """Return ``"png"``, ``"jpeg"``, ``"gif"`` or ``"webp"``; empty for anything else."""
    if data.startswith(b"RIFF") and data[_WEBP] == b"WEBP":
        return "webp"
    return next((name for name, start in _BEGINNINGS if data.startswith(start)), "")
