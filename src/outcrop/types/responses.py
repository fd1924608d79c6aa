"""The answer, and how it came about.

Place in the house: types.

Source: behaviour specification, CONV-11 and the stop table of section 7.
"""

from typing import Any, Literal, TypeAlias

import msgspec

from outcrop.types.content import (
    Block,
    Citation,
    CitedText,
    Image,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.usage import Usage

StopKind: TypeAlias = Literal["stop", "tool_calls", "length", "content_filter", "error", "other"]


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Why the model stopped: in our terms, and in the service's own."""

    kind: StopKind
    raw: str = ""
    """The wire's own word; empty when it gave none."""
    sequence: str | None = None
    """The stop sequence that matched, where the model tells."""


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """One change that outcrop made to what was asked or answered."""

    rule: str
    """Which rule, e.g. ``"unsupported_parameter"``."""
    detail: str
    """What it changed, one sentence; never the content of a prompt."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """How a call was made."""

    api: str = ""
    """``"converse"``, ..."""
    endpoint: str = ""
    """Scheme and host that answered."""
    region: str = ""
    resolved_model: str = ""
    """The model id that stood in the request as it was sent."""
    request_id: str = ""
    """``x-amzn-requestid``."""
    attempts: int = 1
    served_by: str = ""
    """Which engine spoke, where it was an emulator; empty on AWS."""
    adjustments: tuple[Adjustment, ...] = ()


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer. Empty content with a stop reason is an answer too."""

    content: tuple[Block, ...] = ()
    stop: Stop
    role: str = "assistant"
    usage: Usage | None = None
    latency_ms: int | None = None
    additional_response_fields: msgspec.Raw | None = None
    trace: msgspec.Raw | None = None
    """Guardrail and prompt-router trace, as AWS wrote it."""
    latency: str | None = None
    """The latency mode that was used."""
    service_tier: str | None = None
    """The tier that was used."""
    message_extra: Extra | None = None
    metrics_extra: Extra | None = None
    extra: Extra | None = None
    call: Call = Call()
    parsed: Any = None
    """The answer as a value of the type that was asked for; None where none was."""

    @property
    def message(self) -> Message:
        """This answer as a turn of the conversation that goes on."""
        return Message(
            role=self.role,
            content=self.content,
            extra=self.message_extra,
            model=self.call.resolved_model,
        )

    @property
    def text(self) -> str:
        """Everything said, cited or not, joined without separator."""
        return "".join(block.text for block in self.content if isinstance(block, Text | CitedText))

    @property
    def tool_calls(self) -> tuple[ToolUse, ...]:
        """The calls that are the caller's to run."""
        return tuple(
            block for block in self.content if isinstance(block, ToolUse) and not block.by_server
        )

    @property
    def reasoning(self) -> tuple[Reasoning | RedactedReasoning, ...]:
        """What the model thought, in order."""
        return tuple(
            block for block in self.content if isinstance(block, Reasoning | RedactedReasoning)
        )

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every source cited, in order."""
        cited = (block for block in self.content if isinstance(block, CitedText))
        return tuple(citation for block in cited for citation in block.citations or ())

    @property
    def images(self) -> tuple[Image, ...]:
        """Every picture made, in order."""
        return tuple(block for block in self.content if isinstance(block, Image))

    @property
    def finish_reason(self) -> StopKind:
        """Why the model stopped, in outcrop's terms."""
        return self.stop.kind

    @property
    def raw_stop_reason(self) -> str:
        """Why the model stopped, in the service's own word."""
        return self.stop.raw

    @property
    def stop_sequence(self) -> str | None:
        """The stop sequence that matched, where the model tells."""
        return self.stop.sequence

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every change outcrop made on the way."""
        return self.call.adjustments

    @property
    def resolved_model(self) -> str:
        """The model id that stood in the request as it was sent."""
        return self.call.resolved_model

    @property
    def region(self) -> str:
        """Region that answered."""
        return self.call.region

    @property
    def endpoint(self) -> str:
        """Scheme and host that answered."""
        return self.call.endpoint

    @property
    def api(self) -> str:
        """API that was used, e.g. ``"converse"``."""
        return self.call.api

    @property
    def request_id(self) -> str:
        """``x-amzn-requestid``, to quote to AWS support."""
        return self.call.request_id
