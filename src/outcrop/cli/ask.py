"""``outcrop ask``: one question, one answer, as it arrives.

Place in the house: cli. The answer goes to standard output and nothing else does.

Source: behaviour specification, CLI-01, CLI-02.
"""

import sys
from typing import Any

import click

from outcrop.cli.options import chosen_engine, debug_option, local_options, region_option


@click.command()
@click.argument("question", nargs=-1)
@click.option("-m", "--model", help="Model id, profile id or ARN; default BEDROCK_MODEL.")
@region_option
@click.option("-s", "--system", help="System prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Longest answer, in tokens.")
@click.option("--temperature", type=click.FloatRange(0, 1), help="0 to 1.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    help="Longest wait for the first byte, and between two pieces, in seconds.",
)
@click.option("--no-reasoning", is_flag=True, help="Do not show what the model thinks.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
@local_options("Ask an emulator started for this question.")
@debug_option
def command(
    *,
    question: tuple[str, ...],
    model: str | None,
    region: str | None,
    system: str | None,
    max_tokens: int | None,
    temperature: float | None,
    timeout: float | None,
    no_reasoning: bool,
    as_json: bool,
    local: bool,
    engine: str | None,
) -> None:
    """Ask a model QUESTION, and print the answer as it arrives.

    What comes on standard input is appended to the question; alone it is the question. Reasoning
    is shown dimmed on standard error.
    """
    chosen = chosen_engine(local=local, engine=engine)
    prompt = _prompt(" ".join(question))
    options = {
        "model": model,
        "system": system,
        "max_tokens": max_tokens,
        "temperature": temperature,
    }
    given: Any = {name: value for name, value in options.items() if value is not None}
    import asyncio

    from outcrop.cli.asking import ask
    from outcrop.cli.bedrock import open_client

    client = open_client(chosen, region=region, timeout=timeout)
    asyncio.run(ask(client, prompt, given, as_json=as_json, reasoning=not no_reasoning))


def _prompt(question: str) -> str:
    prompt = "\n".join(part for part in (question, _piped()) if part)
    if not prompt.strip():
        raise click.UsageError("ask what? Give a question, or pipe one in")
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise click.UsageError("the question is not UTF-8 text") from error
    return prompt


def _piped() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    try:
        # Whatever encoding the locale names: what is piped is UTF-8, or refused.
        return sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise click.UsageError("what comes on standard input is not UTF-8 text") from error
