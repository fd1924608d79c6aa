import pytest

from outcrop.protocols.httpdate import clock_offset, decode_http_date


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", id="of-today"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", id="of-rfc-850"),
        pytest.param("Sun Nov  6 08:49:37 1994", id="of-asctime"),
        pytest.param(" sun, 06 nov 1994 08:49:37 GMT ", id="in-lower-case"),
    ],
)
def test_three_spellings(text: str) -> None:
    """The examples of RFC 9110; a recipient has to take all three."""
    assert decode_http_date(text) == 784111777.0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("Saturday, 31-Dec-16 23:59:60 GMT", 1483228799.0, id="leap-second"),
        pytest.param("Tuesday, 01-Jan-69 00:00:00 GMT", 3124224000.0, id="two-digits"),
    ],
)
def test_corners(text: str, moment: float) -> None:
    """A day that has one second more is no reason to lose the clock."""
    assert decode_http_date(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "120",
        "2015-08-30T12:36:00Z",
        "Sun, 31 Feb 2027 00:00:00 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
    ],
)
def test_no_date(text: str) -> None:
    """What is no date tells no time."""
    assert decode_http_date(text) is None


@pytest.mark.parametrize(
    ("headers", "offset"),
    [
        pytest.param((("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),), 600.0, id="behind"),
        pytest.param((("date", "Sun, 06 Nov 1994 08:29:37 GMT"),), -600.0, id="ahead"),
        pytest.param((), None, id="untold"),
    ],
)
def test_clock_offset(headers: tuple[tuple[str, str], ...], offset: float | None) -> None:
    """Added to our clock it gives theirs, so that one resend is signed at the right time."""
    assert clock_offset(headers, 784111177.0) == offset
