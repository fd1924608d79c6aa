"""Every exception this package raises.

Place in the house: the foundation. Everything may import this module; it imports nothing of ours.

* OutcropError
    * BadRequestError           the request is malformed, or asks for what cannot be done
        * ContextLengthError    its input is longer than the model takes
        * UnsupportedError      this model or API has no way to say it
    * ConfigError               a setting is missing, unreadable or contradicts another
    * AuthenticationError       credentials are missing, wrong or expired
    * PermissionDeniedError     credentials are fine, and may not do this
    * ModelNotFoundError        no such model here
    * RateLimitError            too much at once; wait
    * QuotaError                an account's quota is used up; waiting seconds does not help
    * TimeoutError              no answer in time
    * ModelError                the model itself failed
    * ServerError               AWS failed
    * ConnectionError           no HTTP response arrived: DNS, TLS, reset
    * StreamError               an answer began and broke off
    * StructuredOutputError     an answer is not of the form that was asked for
    * GuardrailError            a guardrail stepped in (only where the caller asked to be told so)
    * WireError                 bytes arrived that the protocol does not allow

The attributes say what to do about it, so that neither the retry policy nor the gateway keeps a
table of its own.

Source: behaviour specification, ERR-01, ERR-02, STRUCT-04.
"""

from typing import Any, ClassVar


class OutcropError(Exception):
    """Base of every error raised on purpose by this package.

    Attributes:
        message: What happened, one sentence, no full stop.
        hint: What to do about it, one sentence, no full stop; empty when nothing is known.
        status: HTTP status the gateway answers with when this error ends a request.
        code: AWS's exception name, e.g. ``"ThrottlingException"``; empty when AWS said nothing.
        aws_message: AWS's own words, at most 2 KB.
        request_id: ``x-amzn-requestid``, to quote to AWS support.
        region: Region asked.
        model: Model asked.
        endpoint: Scheme and host asked.
        operation: API operation, e.g. ``"ConverseStream"``.
        retryable: Whether the same request may succeed later, unchanged.
        retry_after_s: Seconds the service asked us to wait; None when it did not say.
        attempts: How often the request was sent before this was raised; 0 when it never was.
        param: Path of the member of the caller's request that is at fault, as its dialect writes
            it, e.g. ``"messages[2].role"``; empty when it is no single member.
        partial: The `outcrop.types.responses.Response` folded from what had arrived of a stream;
            None when nothing had.
    """

    default_status: ClassVar[int] = 500
    default_retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int = 0,
        code: str = "",
        aws_message: str = "",
        request_id: str = "",
        retryable: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Keep the parts; `annotate` adds what only the caller's floor knows."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status or self.default_status
        self.code = code
        self.aws_message = aws_message[:2048]
        self.request_id = request_id
        self.retryable = self.default_retryable if retryable is None else retryable
        self.retry_after_s = retry_after_s
        self.region = ""
        self.model = ""
        self.endpoint = ""
        self.operation = ""
        self.attempts = 0
        self.param = ""
        self.partial: object = None

    def __str__(self) -> str:
        """Return ``outcrop: <what happened>. <what to do>. [<what AWS said>; <where>]``."""
        parts = (self.message, self.hint[:1].upper() + self.hint[1:])
        sentences = ". ".join(part.rstrip(".") for part in parts if part)
        said = ": ".join(part for part in (self.code, self.aws_message) if part)
        request = f"request {self.request_id}" if self.request_id else ""
        facts = "; ".join(part for part in (said, request, self.region, self.model) if part)
        return f"outcrop: {sentences}." + (f" [{facts}]" if facts else "")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by state, so that keyword-only constructors survive a process pool."""
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(
    kind: type[OutcropError], args: tuple[Any, ...], state: dict[str, Any]
) -> OutcropError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class BadRequestError(OutcropError):
    """The request is malformed, or asks for what cannot be done."""

    default_status = 400


class ContextLengthError(BadRequestError):
    """The input is longer than the model takes."""


class UnsupportedError(BadRequestError):
    """This model or API has no way to say it. Nothing was sent."""


class ConfigError(OutcropError):
    """A setting is missing, unreadable or contradicts another. Nothing was sent."""


class AuthenticationError(OutcropError):
    """Credentials are missing, wrong or expired."""

    default_status = 401


class PermissionDeniedError(OutcropError):
    """The credentials are known to AWS, and may not do this."""

    default_status = 403


class ModelNotFoundError(OutcropError):
    """There is no such model here."""

    default_status = 404


class RateLimitError(OutcropError):
    """Too much at once; the same request succeeds after a pause."""

    default_status = 429
    default_retryable = True


class QuotaError(OutcropError):
    """An account's quota is used up; waiting seconds does not help."""

    default_status = 429


class TimeoutError(OutcropError):  # noqa: A001 - the name is the specification's, ERR-01
    """No answer came in time."""

    default_status = 504
    default_retryable = True


class ModelError(OutcropError):
    """The model itself failed."""

    default_status = 502


class ServerError(OutcropError):
    """AWS failed, through no fault of the request."""

    default_status = 500
    default_retryable = True


class ConnectionError(OutcropError):  # noqa: A001 - the name is the specification's, ERR-01
    """No HTTP response arrived: name lookup, refused, TLS, reset.

    Attributes:
        sent: Whether the request may have reached the other side. A request that never did can
            be sent again without being paid for twice.
    """

    default_status = 502
    default_retryable = True

    def __init__(self, message: str, *, hint: str = "", sent: bool = False) -> None:
        """Keep whether the request may have arrived."""
        super().__init__(message, hint=hint)
        self.sent = sent


class StreamError(OutcropError):
    """An answer began and broke off. What had arrived stands in `partial`."""

    default_status = 502


class StructuredOutputError(OutcropError):
    """An answer is not of the form that was asked for, though it was asked for again.

    Attributes:
        raw_text: The answer as the model wrote it; `partial` is the whole of it.
    """

    default_status = 502

    def __init__(self, message: str, *, hint: str = "", raw_text: str = "") -> None:
        """Keep the answer, which no message tells: it may be confidential."""
        super().__init__(message, hint=hint)
        self.raw_text = raw_text


class GuardrailError(OutcropError):
    """A guardrail stepped in, and the caller asked to be told so by an exception."""

    default_status = 400


class WireError(OutcropError):
    """Bytes arrived that the protocol does not allow."""

    default_status = 502
