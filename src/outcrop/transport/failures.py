"""What went wrong on the network, said as one of our errors, with what to do about it.

Place in the house: transport floor. Both drivers speak through it: sync and async complain alike.

Source: behaviour specification, ERR-26, ERR-30.
"""

import socket
import ssl
from typing import Final

from outcrop import errors
from outcrop.http import Origin
from outcrop.transport.proxies import Proxy

NOT_TRUSTED: Final = "TLS certificate not trusted (proxy with a private CA?)"
_CA_HINT: Final = "set OUTCROP_CA_BUNDLE=/path/ca.pem"
_CONNECT_HINT: Final = "check region/VPC endpoint (BEDROCK_BASE_URL)"

CONNECT_FAILURES: Final = (OSError, UnicodeError)
"""What opening a connection raises; UnicodeError comes from host names that cannot be encoded."""


def cannot_connect(error: Exception, origin: Origin, proxy: Proxy | None) -> errors.ConnectionError:
    """Say why there is no connection. Certainly nothing was sent."""
    place = f"{origin.host}:{origin.port}" + (f" by way of the proxy {proxy}" if proxy else "")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_trusted(error, place)
    return errors.ConnectionError(f"{_what_failed(error)} {place}", hint=_CONNECT_HINT, sent=False)


def _not_trusted(error: ssl.SSLCertVerificationError, place: str) -> errors.ConnectionError:
    said = f"{NOT_TRUSTED}, {place}: {error.verify_message}"
    failure = errors.ConnectionError(said, hint=_CA_HINT, sent=False)
    # Unlike most of its kind, it stays until somebody changes something.
    failure.retryable = False
    return failure


def _what_failed(error: Exception) -> str:
    match error:
        case socket.gaierror() | UnicodeError():
            return f"cannot look up the name ({_reason(error)}) of"
        case TimeoutError():
            return "timed out connecting to"
        case ssl.SSLError():
            # Only those that OpenSSL itself raised have a reason.
            return f"TLS handshake failed ({getattr(error, 'reason', None) or _reason(error)}) with"
    return f"cannot connect ({_reason(error)}) to"


def broken(error: Exception | None, *, sent: bool) -> errors.ConnectionError:
    """Say that a connection ended before the reply did."""
    reason = f" ({_reason(error)})" if error is not None else ""
    return errors.ConnectionError(
        f"the connection broke before the answer ended{reason}", sent=sent
    )


def left() -> errors.ConnectionError:
    """Say that the reader has closed the stream, or the whole client."""
    return errors.ConnectionError("the stream was closed before its end", sent=True)


def too_long(stage: str, seconds: float) -> errors.TimeoutError:
    """Say which silence was too long."""
    return errors.TimeoutError(
        f"{stage} for {seconds:g} s",
        hint="wait longer with timeout= or OUTCROP_TIMEOUT",
    )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
