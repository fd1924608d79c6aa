"""One policy reads the errors of all APIs, so each has the name that AWS gives it."""

import pytest

from outcrop.protocols.openaierrors import decode_fault
from outcrop.types.events import StreamFault


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param(
            b'{"code":"rate_limit_exceeded","message":"slow"}',
            StreamFault(code="ThrottlingException", message="slow"),
            id="code",
        ),
        pytest.param(
            b'{"code":"zz","type":"invalid_request_error","message":"no"}',
            StreamFault(code="ValidationException", message="no"),
            id="type-where-the-code-is-new",
        ),
        pytest.param(
            b'{"code":503}',
            StreamFault(code="ServiceUnavailableException", message=""),
            id="status",
        ),
        pytest.param(
            b'{"code":"zz_new","message":"no"}',
            StreamFault(code="zz_new", message="no"),
            id="new",
        ),
        pytest.param(b"{}", StreamFault(code="ModelStreamErrorException", message=""), id="none"),
        pytest.param(
            b'"overloaded"',
            StreamFault(code="ModelStreamErrorException", message='"overloaded"'),
            id="text",
        ),
    ],
)
def test_decode(raw: bytes, fault: StreamFault) -> None:
    """The name decides whether the same request may succeed later."""
    assert decode_fault(raw) == fault


def test_long_text() -> None:
    """An error page does not fill the memory of whoever reports it."""
    assert len(decode_fault(b"<" * 5000).message) == 2048
