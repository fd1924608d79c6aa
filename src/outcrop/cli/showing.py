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
    ends_line = True
    async for event in stream:
        match event:
            case TextDelta(text=text) if text:
                click.echo(text, nl=False)
                ends_line = text.endswith("\n")
            case ReasoningDelta(text=text) if reasoning:
                click.secho(text, dim=True, nl=False, err=True)
            case ToolCalled(call=call):
                arguments = bytes(call.arguments).decode()
                click.echo(f"[{call.name} {arguments}]")
                ends_line = True
            case _:
                pass
    if not ends_line:
        click.echo()


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


def show_json(response: Response) -> None:
    """Print an answer as one JSON object on one line."""
    cost = cost_of(response.resolved_model, response.usage) if response.usage else None
    answer = _Answer(
        text=response.text,
        finish_reason=response.finish_reason,
        raw_stop_reason=response.raw_stop_reason,
        model=response.resolved_model,
        region=response.region,
        request_id=response.request_id,
        reasoning="".join(part.text for part in response.reasoning if isinstance(part, Reasoning)),
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
