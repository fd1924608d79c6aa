"""How Bedrock says no: statuses, exception names and exact words.

Place in the house: emulator. Everything in the emulator may raise a `Refusal`; `replies` turns it
into an HTTP reply. Each `Wording` says where its text was seen: ``rec`` and the end of a
recording's id, or a public thread. `UNSEEN` marks a text that has no source for Bedrock, only for
other AWS services or none at all: do not build a client's behaviour on it.

Source: recordings; public threads as named; behaviour specification, EMU-02.
"""

from typing import Final

import msgspec

SERVICE: Final = "http://internal.amazon.com/coral/com.amazon.bedrock/"
"""Who says so, in ``x-amzn-errortype``: the service (rec 1e3bf8e81a, f21f3a624e)."""
GATE: Final = "http://internal.amazon.com/coral/com.amazon.coral.service/"
"""Who says so, in ``x-amzn-errortype``: what checks signatures before it (rec c13cd5ba63)."""

_GATE_CODES: Final = frozenset(
    {
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)

UNSEEN: Final = ""
"""In place of a source: nobody has shown Bedrock saying this."""


class Refusal(Exception):  # noqa: N818 - what AWS calls an exception is an answer here
    """The request ends in an error reply.

    Attributes:
        status: HTTP status.
        code: AWS's exception name, e.g. ``"ValidationException"``.
        message: AWS's words.
        message_key: Member of the body that holds the words.
        retry_after_s: Seconds for a ``Retry-After`` header; None for no such header.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        message_key: str = "message",
        retry_after_s: float | None = None,
    ) -> None:
        """Keep the parts of the reply."""
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.message_key = message_key
        self.retry_after_s = retry_after_s

    @property
    def speaker(self) -> str:
        """Who says so: `SERVICE` or `GATE`."""
        return GATE if self.code in _GATE_CODES else SERVICE


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """One thing Bedrock says."""

    text: str
    """What varies stands in braces."""
    seen: str
    """Where; `UNSEEN` when nowhere."""
    status: int = 400
    code: str = "ValidationException"
    message_key: str = "message"

    def refusal(self, **values: object) -> Refusal:
        """Fill in what varies."""
        return Refusal(
            self.status,
            self.code,
            self.text.format(**values) if values else self.text,
            message_key=self.message_key,
        )
