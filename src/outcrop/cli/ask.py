"""``outcrop ask``: one question, one answer, as it arrives.

Place in the house: cli. The answer goes to standard output and nothing else does.

Source: behaviour specification, CLI-01, CLI-02.
"""

import asyncio
import sys
from typing import Any

import click

from outcrop.cli.options import engine_option, region_option


@click.command()
@click.argument("question", nargs=-1)
@click.option("-m", "--model", help="Model id, profile id or ARN; default BEDROCK_MODEL.")
@region_option
@click.option("-s", "--system", help="System prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Longest answer, in tokens.")
@click.option("--temperature", type=click.FloatRange(0, 1), help="0 to 1.")
@click.option("--no-reasoning", is_flag=True, help="Do not show what the model thinks.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
@click.option("--local", is_flag=True, help="Ask an emulator started for this question.")
@engine_option
def command(
    *,
    question: tuple[str, ...],
    model: str | None,
    region: str | None,
    system: str | None,
    max_tokens: int | None,
    temperature: float | None,
    no_reasoning: bool,
    as_json: bool,
    local: bool,
    engine: str,
) -> None:
    """Ask a model QUESTION, and print the answer as it arrives.

    What comes on standard input is appended to the question; alone it is the question. Reasoning
    is shown dimmed on standard error.
    """
    prompt = _prompt(" ".join(question))
    options: dict[str, Any] = {
        "model": model,
        "system": system,
        "max_tokens": max_tokens,
        "temperature": temperature,
    }
    given = {name: value for name, value in options.items() if value is not None}
    asyncio.run(
        _ask(
            prompt,
            given,
            region=region,
            engine=engine if local else None,
            as_json=as_json,
            reasoning=not no_reasoning,
        )
    )


def _prompt(question: str) -> str:
    piped = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read().strip()
    prompt = "\n".join(part for part in (question, piped) if part)
    if not prompt:
        raise click.UsageError("ask what? Give a question, or pipe one in")
    return prompt


async def _ask(
    prompt: str,
    options: dict[str, Any],
    *,
    region: str | None,
    engine: str | None,
    as_json: bool,
    reasoning: bool,
) -> None:
    from outcrop.cli.bedrock import default_model, open_client
    from outcrop.cli.showing import show_json, show_stream, show_summary

    async with open_client(region, engine) as client:
        if "model" not in options and client.default_model is None:
            options["model"] = default_model(client.region)
            click.secho(f"model {options['model']} (default)", dim=True, err=True)
        if as_json:
            show_json(await client.chat(prompt, **options))
            return
        async with client.stream(prompt, **options) as stream:
            await show_stream(stream, reasoning=reasoning)
        show_summary(stream.response)
