import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.http import Headers
from outcrop.protocols.awserrors import AwsFault, decode_fault, normalise
from tests.recordings import Interaction, cases

PAGE = b"""\
<!DOCTYPE html>
<html><head><TITLE id="t">
  Access &amp; Proxy &lt;denied&gt;
</TITLE></head><body>no</body></html>"""


@pytest.mark.parametrize("recorded", cases(where=lambda each: each.status >= 400))
def test_recorded(recorded: Interaction) -> None:
    """Everything AWS said is in the fault, and nothing else."""
    headers = recorded.response.headers
    code = headers.get("x-amzn-errortype", "").partition(":")[0]

    fault = decode_fault(recorded.status, tuple(headers.items()), recorded.response.data)

    assert fault == AwsFault(
        status=recorded.status,
        code=code,
        message=recorded.response_body["message"],
        request_id=headers.get("x-amzn-requestid", ""),
    )
    assert fault.message


@pytest.mark.parametrize(
    ("headers", "body", "code", "message"),
    [
        pytest.param(
            (("X-Amzn-ErrorType", "ThrottlingException:http://internal.amazon.com/coral/x/"),),
            b'{"message":"slow"}',
            "ThrottlingException",
            "slow",
            id="header",
        ),
        pytest.param(
            (),
            b'{"__type":"com.amazon.coral.service#UnknownOperationException","Message":"no"}',
            "UnknownOperationException",
            "no",
            id="type-after-hash",
        ),
        pytest.param(
            (("x-amzn-errortype", "A"),),
            b'{"__type":"B","message":"m"}',
            "A",
            "m",
            id="header-first",
        ),
        pytest.param((), b'{"code":"C","message":"m"}', "C", "m", id="code"),
        pytest.param(
            (),
            b'{"error":{"message":"m","type":"invalid_request_error","code":null}}',
            "invalid_request_error",
            "m",
            id="openai",
        ),
        pytest.param(
            (),
            b'{"type":"error","error":{"type":"not_found_error","message":"m"}}',
            "not_found_error",
            "m",
            id="anthropic",
        ),
        pytest.param((), b'{"error":"m","message":5}', "", "", id="other-types"),
        pytest.param((), b'{"message":"","Message":"m"}', "", "m", id="empty-one"),
    ],
)
def test_name_and_reason(headers: Headers, body: bytes, code: str, message: str) -> None:
    """AWS's protocols put the same two things in different places."""
    fault = decode_fault(400, headers, body)

    assert (fault.code, fault.message, fault.excerpt) == (code, message, "")


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"upstream connect error", "upstream connect error", id="text"),
        pytest.param(b"[1]", "[1]", id="not-an-object"),
        pytest.param(b"x" * 5000, "x" * 2048, id="long"),
        pytest.param(b"\xff", "�", id="not-utf-8"),
        pytest.param(b'{"message":"\xff"}', '{"message":"�"}', id="json-not-utf-8"),
        pytest.param(b"[" * 100_000, "[" * 2048, id="nested-absurdly"),
        pytest.param(b'{"message": "cut o', '{"message": "cut o', id="cut-off"),
    ],
)
def test_other_bodies_are_kept(body: bytes, excerpt: str) -> None:
    """What a proxy says is often the only clue."""
    fault = decode_fault(502, (), body)

    assert fault == AwsFault(status=502, excerpt=excerpt)


def test_pages() -> None:
    """A page has a title, and it names the firewall."""
    fault = decode_fault(403, (("content-type", "text/html"),), PAGE)

    assert fault == AwsFault(
        status=403, excerpt=PAGE.decode(), is_html=True, title="Access & Proxy <denied>"
    )


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        pytest.param(b"\n <html><body>blocked</body></html>", True, id="blanks-before"),
        pytest.param(b'<?xml version="1.0"?><!DOCTYPE\nhtml PUBLIC "">', True, id="xhtml"),
        pytest.param(b"<ErrorResponse><Error/></ErrorResponse>", False, id="xml"),
        pytest.param(b'{"message": "<html> is not allowed"}', False, id="json-about-html"),
        pytest.param(b"no html here", False, id="text"),
    ],
)
def test_what_is_a_page(body: bytes, is_html: bool) -> None:  # noqa: FBT001 - pytest names it
    """With a title or without."""
    fault = decode_fault(403, (), body)

    assert (fault.is_html, fault.title) == (is_html, "")


def test_exception_of_a_stream() -> None:
    """The payload of an exception frame reads like the body of a refusal."""
    payload = b'{"message":"Too many tokens","p":"abc"}'

    fault = decode_fault(200, (("x-amzn-errortype", "throttlingException"),), payload)

    assert (fault.code, fault.message) == ("throttlingException", "Too many tokens")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param((("Retry-After", "3"),), 3.0, id="seconds"),
        pytest.param((("Retry-After", "1.5"),), 1.5, id="fraction"),
        pytest.param((("retry-after-ms", "250"),), 0.25, id="ms"),
        pytest.param((("x-amz-retry-after", "1500"),), 1.5, id="amz-ms"),
        pytest.param((("Retry-After", "1"), ("retry-after-ms", "250")), 0.25, id="finer-first"),
        pytest.param((("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),), 37.0, id="date"),
        pytest.param((("Retry-After", "Sun, 06 Nov 1994 08:48:37 GMT"),), 0.0, id="past"),
        pytest.param((("Retry-After", "soon"),), None, id="nonsense"),
        pytest.param((("Retry-After", "-1"),), None, id="negative"),
        pytest.param((("Retry-After", "nan"),), None, id="not-a-number"),
        pytest.param((("Retry-After", "inf"),), None, id="infinite"),
        pytest.param((), None, id="absent"),
    ],
)
def test_retry_after(headers: Headers, seconds: float | None) -> None:
    """Seconds, whatever the unit they came in."""
    fault = decode_fault(429, headers, b"{}", now=784111740.0)

    assert fault.retry_after_s == seconds


def test_dates_need_a_clock() -> None:
    """Without one a date is no pause."""
    headers = (("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),)

    assert decode_fault(429, headers, b"").retry_after_s is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "on-demand throughput isn’t supported",
            "on-demand throughput isn't supported",
            id="u2019",
        ),
        pytest.param("‘a’", "'a'", id="u2018"),
        pytest.param('`temperature` and "top_p"', "temperature and top_p", id="quotes"),
        pytest.param("  Too\n\tMany   requests ", "too many requests", id="blanks"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    """Triggers are written once, however AWS typesets today."""
    assert normalise(text) == expected


@given(st.integers(400, 599), st.binary(max_size=60), st.text(max_size=20))
def test_no_body_is_unexpected(status: int, body: bytes, said: str) -> None:
    """Reading a failure must not fail: it would hide the failure."""
    headers = (("x-amzn-errortype", said), ("retry-after", said), ("x-amz-retry-after", said))

    fault = decode_fault(status, headers, body, now=0.0)

    assert fault.status == status
    assert fault.excerpt or not body or b"{" in body
