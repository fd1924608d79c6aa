"""How answers look in a terminal and in a pipe.

Place in the house: cli. The answer on standard output; everything about it on standard error.

Source: behaviour specification, CLI-01, CLI-02, USAGE-05.
"""

import sys

import click
import msgspec

from outcrop.client import AsyncStream
from outcrop.models.cost import cost_of
from outcrop.types.content import Reasoning
from outcrop.types.events import ReasoningDelta, TextDelta, ToolCalled
from outcrop.types.responses import Response


async def show_stream(stream: AsyncStream, *, reasoning: bool) -> None:
    """Print an answer as it arrives.

    Args:
        stream: The answer.
        reasoning: Whether what the model thinks is shown, dimmed, on standard error.
    """
    answer, thoughts = _Lines(err=False), _Lines(err=True)
    try:
        async for event in stream:
            match event:
                case TextDelta(text=text) if text:
                    thoughts.end()
                    answer.add(text)
                case ReasoningDelta(text=text) if reasoning and text:
                    thoughts.add(text)
                case ToolCalled(call=call):
                    answer.end()
                    answer.add(f"[{call.name} {bytes(call.arguments).decode()}]\n")
                case _:
                    pass
    finally:
        # What comes next is a shell's prompt, or an error, and begins a line of its own.
        thoughts.end()
        answer.end()


class _Lines:
    """Text that arrives in pieces, and ends with a line's end."""

    def __init__(self, *, err: bool) -> None:
        self._err = err
        self._is_open = False

    def add(self, text: str) -> None:
        styled = click.style(text, dim=True) if self._err else text
        # An answer is what the model said: where it holds control codes, a file shall too.
        click.echo(styled, nl=False, err=self._err, color=None if self._err else True)
        self._is_open = not text.endswith("\n")

    def end(self) -> None:
        if self._is_open:
            click.echo(err=self._err)
            self._is_open = False


def show_summary(response: Response) -> None:
    """Print tokens, cost and changes; only where a person looks on."""
    for adjustment in response.adjustments:
        click.secho(f"changed: {adjustment.detail}", fg="yellow", err=True)
    if response.finish_reason not in {"stop", "tool_calls"}:
        click.secho(f"ended by {response.raw_stop_reason}", fg="yellow", err=True)
    if sys.stderr.isatty():
        click.secho(summary_of(response), dim=True, err=True)


def summary_of(response: Response) -> str:
    """Return tokens, cost and who answered, in one line."""
    usage = response.usage
    counts = (
        f"{usage.full_input_tokens} in, {usage.output_tokens} out" if usage else "tokens unknown"
    )
    speaker = response.call.served_by
    by = f"answered by the local engine {speaker}" if speaker else response.resolved_model
    return " · ".join(part for part in (counts, cost_text(response), by) if part)


def cost_text(response: Response) -> str:
    """Return what Bedrock charges, or would charge; empty where no price is known."""
    if response.usage is None:
        return ""
    cost = cost_of(response.resolved_model, response.usage)
    if cost.usd is None:
        return ""
    billed = " (not billed)" if response.call.served_by else ""
    return f"${cost.usd:.6f}{billed}"


class _Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    text: str
    finish_reason: str
    raw_stop_reason: str
    model: str
    region: str
    request_id: str
    reasoning: str = ""
    tool_calls: tuple[dict[str, object], ...] = ()
    usage: object = None
    cost_usd: float | None = None
    served_by: str = ""
    adjustments: tuple[object, ...] = ()


def show_json(response: Response, *, reasoning: bool) -> None:
    """Print an answer as one JSON object on one line.

    Args:
        response: The answer.
        reasoning: Whether what the model thought is in it.
    """
    thoughts = [part.text for part in response.reasoning if isinstance(part, Reasoning)]
    cost = cost_of(response.resolved_model, response.usage) if response.usage else None
    answer = _Answer(
        text=response.text,
        finish_reason=response.finish_reason,
        raw_stop_reason=response.raw_stop_reason,
        model=response.resolved_model,
        region=response.region,
        request_id=response.request_id,
        reasoning="".join(thoughts) if reasoning else "",
        tool_calls=tuple(
            {"id": call.id, "name": call.name, "arguments": call.arguments}
            for call in response.tool_calls
        ),
        usage=response.usage,
        cost_usd=float(cost.usd) if cost and cost.usd is not None else None,
        served_by=response.call.served_by,
        adjustments=response.adjustments,
    )
    click.echo(msgspec.json.encode(answer))
