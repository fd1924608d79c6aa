"""Cuts an answer where a request says it must end: a stop sequence, or the last token.

Place in the house: emulator, engines. Pure. Tokens are those of `tokens`.

A stop sequence ends the text in front of itself and is not part of the answer. The last token may
fall inside reasoning, text or the arguments of a call; arguments that are cut stay as they are, as
Bedrock leaves them.
"""

from collections.abc import Iterable

import msgspec

from outcrop.emulator.engines.reading import text_of
from outcrop.emulator.engines.tokens import split_tokens
from outcrop.types.accumulate import fold_arguments
from outcrop.types.content import Block, Reasoning, Text, ToolUse
from outcrop.types.requests import Sampling
from outcrop.types.responses import Response, Stop


def limit(answer: Response, sampling: Sampling) -> Response:
    """Return as much of an answer as a request allows."""
    stopped = _at_sequence(answer, sampling.stop_sequences)
    if sampling.max_tokens is None:
        return stopped
    return _at_token(stopped, sampling.max_tokens)


def _at_sequence(answer: Response, sequences: tuple[str, ...]) -> Response:
    for place, block in enumerate(answer.content):
        if not isinstance(block, Text):
            continue
        position, sequence = _first(block.text, sequences)
        if sequence:
            cut = _cut(block, block.text[:position])
            stop = Stop(kind="stop", raw="stop_sequence", sequence=sequence)
            return _ending(answer, (*answer.content[:place], *cut), stop)
    return answer


def _first(text: str, sequences: Iterable[str]) -> tuple[int, str]:
    places = ((text.find(sequence), sequence) for sequence in sequences if sequence)
    return min((place for place in places if place[0] >= 0), default=(0, ""))


def _at_token(answer: Response, budget: int) -> Response:
    kept: list[Block] = []
    for block in answer.content:
        tokens = split_tokens(text_of(block))
        if len(tokens) > budget:
            head = "".join(tokens[:budget])
            stop = Stop(kind="length", raw="max_tokens")
            return _ending(answer, (*kept, *_cut(block, head)), stop)
        budget -= len(tokens)
        kept.append(block)
    return answer


def _cut(block: Block, head: str) -> tuple[Block, ...]:
    match block:
        case Text() if head:
            return (Text(text=head),)
        case Reasoning() if head:
            return (Reasoning(text=head),)
        case ToolUse() if head:
            arguments, error = fold_arguments(head)
            cut = msgspec.structs.replace(block, arguments=arguments, arguments_error=error)
            return (cut,)
        case _:
            return ()


def _ending(answer: Response, content: tuple[Block, ...], stop: Stop) -> Response:
    return msgspec.structs.replace(answer, content=content, stop=stop)
