"""What a picture is, by its bytes."""

import pytest

from outcrop.types.pictures import format_of


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\nmore", "png"),
        (b"\xff\xd8\xff\xe0more", "jpeg"),
        (b"GIF89amore", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPmore", "webp"),
        (b"RIFF\x00\x00\x00\x00WAVEmore", ""),
        (b"", ""),
        (b"text", ""),
    ],
)
def test_format(data: bytes, name: str) -> None:
    """Nothing is guessed."""
    assert format_of(data) == name
