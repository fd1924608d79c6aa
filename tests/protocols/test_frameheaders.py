import pytest

from outcrop.errors import WireError
from outcrop.protocols.frameheaders import (
    FrameHeaders,
    HeaderValue,
    Integer,
    Timestamp,
    decode_headers,
    encode_headers,
)


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        pytest.param("00 07 0000", "without a name", id="empty-name"),
        pytest.param("05 61", "is cut off", id="name-cut-off"),
        pytest.param("01 61", "is cut off", id="no-type"),
        pytest.param("01 61 07 00", "is cut off", id="length-cut-off"),
        pytest.param("01 61 07 0002 62", "is cut off", id="value-cut-off"),
        pytest.param("01 61 04 000000", "is cut off", id="number-cut-off"),
        pytest.param("01 61 09 00", "is cut off", id="uuid-cut-off"),
        pytest.param("01 61 0a", "unknown type 10", id="unknown-type"),
        pytest.param("01 61 00 01 61 01", "'a' is there twice", id="twice"),
        pytest.param("01 ff 00", "is not UTF-8", id="name-not-utf-8"),
        pytest.param("01 61 07 0001 ff", "is not UTF-8", id="value-not-utf-8"),
    ],
)
def test_refused(block: str, reason: str) -> None:
    """A header that is read wrong makes an event of another kind."""
    with pytest.raises(WireError, match=reason):
        decode_headers(bytes.fromhex(block))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        pytest.param("", True, "name of 0 bytes", id="empty-name"),
        pytest.param("ü" * 128, True, "name of 256 bytes", id="long-name"),
        pytest.param("a", "x" * 65536, "value of 65536 bytes", id="long-value"),
        pytest.param("a", Integer(128, 8), "128 does not fit", id="number-too-large"),
        pytest.param("a", Integer(1, 24), "not 24", id="width-unheard-of"),
        pytest.param("a", Timestamp(2**63), "does not fit", id="time-too-late"),
    ],
)
def test_not_written(name: str, value: HeaderValue, reason: str) -> None:
    """What does not fit is refused here, not cut off there."""
    with pytest.raises(WireError, match=reason):
        encode_headers({name: value})


def test_long_blocks_are_read_too() -> None:
    """Blocks too long for the memo take the other road, to the same end."""
    headers: FrameHeaders = {"a": "x" * 600, "b": b"\x00" * 65535}

    assert decode_headers(encode_headers(headers)) == headers


def test_what_is_remembered_cannot_be_changed() -> None:
    """Frames of the same stream share their headers."""
    headers = decode_headers(encode_headers({"a": "x"}))

    with pytest.raises(TypeError):
        headers["a"] = "y"  # type: ignore[index]  # that is the point
