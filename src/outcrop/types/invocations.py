"""What a model answers to a body of its own, unread.

Place in the house: types.

Source: behaviour specification, WIRE-07, WIRE-08, WIRE-12.
"""

from typing import Any

import msgspec

from outcrop.http import Headers, header
from outcrop.types.responses import Call
from outcrop.types.usage import Usage


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as the model wrote it, and what AWS says about it."""

    body: bytes = b""
    """Byte for byte; empty where it was streamed."""
    status: int = 200
    """HTTP status."""
    headers: Headers = ()
    """All headers of the reply."""
    usage: Usage | None = None
    """Tokens as AWS counted them; None where it told none."""
    latency_ms: int | None = None
    """How long the model took, milliseconds."""
    first_byte_latency_ms: int | None = None
    """How long until the first chunk of a stream, milliseconds."""
    call: Call = Call()

    def json(self) -> Any:
        """Return the body as Python values.

        Raises:
            msgspec.DecodeError: It is no JSON.
        """
        return msgspec.json.decode(self.body)

    @property
    def content_type(self) -> str:
        """The type of the body, or of a stream's chunks."""
        own = header(self.headers, "content-type")
        return header(self.headers, "x-amzn-bedrock-content-type", own)

    @property
    def latency(self) -> str:
        """The latency mode that was used; empty where AWS does not tell."""
        return header(self.headers, "x-amzn-bedrock-performanceconfig-latency")

    @property
    def service_tier(self) -> str:
        """The tier that was used; empty where AWS does not tell."""
        return header(self.headers, "x-amzn-bedrock-service-tier")

    @property
    def request_id(self) -> str:
        """``x-amzn-requestid``, to quote to AWS support."""
        return self.call.request_id
