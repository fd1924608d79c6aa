"""What ``outcrop ask`` does.

Place in the house: cli.
"""

from contextlib import AbstractAsyncContextManager

import click

from outcrop.cli.bedrock import default_model
from outcrop.cli.showing import show_json, show_stream, show_summary
from outcrop.client import AsyncClient, ChatOptions


async def ask(
    opening: AbstractAsyncContextManager[AsyncClient],
    prompt: str,
    options: ChatOptions,
    *,
    as_json: bool,
    reasoning: bool,
) -> None:
    """Ask one question and print the answer as it arrives.

    Args:
        opening: Whom to ask; opened here, and closed.
        prompt: The question.
        options: How it shall be answered.
        as_json: Print the whole answer as one object, once it is there.
        reasoning: Whether what the model thinks is shown.

    Raises:
        OutcropError: There is no answer, or it broke off.
    """
    async with opening as client:
        if "model" not in options and client.default_model is None:
            options = {**options, "model": default_model(client.region)}
            click.secho(f"model {options['model']} (default)", dim=True, err=True)
        if as_json:
            show_json(await client.chat(prompt, **options), reasoning=reasoning)
            return
        async with client.stream(prompt, **options) as stream:
            await show_stream(stream, reasoning=reasoning)
        show_summary(stream.response)
