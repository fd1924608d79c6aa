"""Writes a conversation as the text that the model was trained on.

Place in the house: emulator, engines. Pure. Knows the form of the prompt and of no answer.

    <|im_start|>system
    You are a helpful assistant.<|im_end|>
    <|im_start|>user
    What is the capital of France?<|im_end|>
    <|im_start|>assistant

An assistant's message at the end is left open, and the answer continues it. The model reads text
only: a picture becomes ``[image: png, 1234 bytes]``, so that it can at least say that there is one;
documents that are text are read, others are named like pictures. What the caller wrote cannot end a
turn: the marks of the form are written apart in it.

Source: chat template of SmolLM2-135M-Instruct. Its own default system prompt is not used: the model
answers worse with it, as measured.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from outcrop.emulator.engines.playback import arguments_text
from outcrop.types import content
from outcrop.types.messages import Message
from outcrop.types.requests import Request

DEFAULT_SYSTEM: Final = "You are a helpful assistant."
READABLE: Final = frozenset({"csv", "html", "md", "txt"})
"""Formats of documents whose bytes are text."""
_ROLES: Final = frozenset({"assistant", "system", "user"})
_END: Final = "<|im_end|>\n"
_MARK: Final = re.compile(r"<\|(im_start|im_end|endoftext)\|>")

Names: TypeAlias = Mapping[str, str]
"""Which tool each call of the conversation used, by the call's id."""


def render_prompt(request: Request, instruction: str = "") -> str:
    """Write `request` as a prompt.

    Args:
        request: The conversation.
        instruction: Added to the last thing the user said; empty for nothing.
    """
    names = _tool_names(request.messages)
    said = [(message.role, _content(message.content, names)) for message in request.messages]
    turns = _instructed(said, instruction)
    system = _content(request.system, names) or DEFAULT_SYSTEM
    text = _turn("system", system) + "".join(_turn(*turn) for turn in turns)
    # Half a surrogate pair, which JSON can carry, is no character.
    return _opened(text, turns).encode("utf-8", "replace").decode()


def _opened(text: str, turns: list[tuple[str, str]]) -> str:
    """Let it be the assistant's turn: a new one, or the one that stands last."""
    if turns and turns[-1][0] == "assistant":
        return text.removesuffix(_END)
    return f"{text}<|im_start|>assistant\n"


def _turn(role: str, text: str) -> str:
    name = role if role in _ROLES else "user"
    return f"<|im_start|>{name}\n{text}{_END}"


def _instructed(turns: list[tuple[str, str]], instruction: str) -> list[tuple[str, str]]:
    """Add `instruction` to the last turn of the user."""
    if not instruction:
        return turns
    last = max((n for n, (role, _) in enumerate(turns) if role == "user"), default=None)
    if last is None:
        return [*turns, ("user", instruction)]
    role, text = turns[last]
    return [*turns[:last], (role, f"{text}\n\n{instruction}".strip()), *turns[last + 1 :]]


def _tool_names(messages: Iterable[Message]) -> Names:
    return {
        block.id: block.name
        for message in messages
        for block in message.content
        if isinstance(block, content.ToolUse)
    }


def _content(blocks: Iterable[Any], names: Names) -> str:
    texts = (_RENDERERS[type(block)](block, names) for block in blocks)
    return _MARK.sub(r"<| \1 |>", "\n".join(text for text in texts if text))


def _text(block: content.Text | content.CitedText | content.GuardText, _names: Names) -> str:
    return block.text


def _nothing(_block: object, _names: Names) -> str:
    return ""


def _media(kind: str) -> "_Renderer":
    def render(block: content.Image | content.Video | content.Audio, _names: Names) -> str:
        return f"[{kind}: {_facts(block.format, block.source)}]"

    return render


def _facts(format_: str, source: content.DocumentSource) -> str:
    return ", ".join(part for part in (format_, _size(source)) if part)


def _size(source: content.DocumentSource) -> str:
    match source:
        case content.Inline():
            return f"{len(source.data)} bytes"
        case content.S3():
            return source.uri
        case content.Url():
            return source.url
        case _:
            return ""


def _document(block: content.Document, _names: Names) -> str:
    name = f'document "{block.name}": '
    text = _document_text(block)
    if text is None:
        return f"[{name}{_facts(block.format, block.source)}]"
    context = f"{block.context}\n" if block.context else ""
    return f"{context}[{name}{block.format or 'text'}]\n{text}\n[end of document]"


def _document_text(block: content.Document) -> str | None:
    """Return what stands in the document, or None when it cannot be read here."""
    match block.source:
        case content.Plain(text):
            return text
        case content.Pieces(texts):
            return "\n".join(texts)
        case content.Inline(data) if block.format in READABLE:
            return data.decode("utf-8", "replace")
        case _:
            return None


def _search_result(block: content.SearchResult, _names: Names) -> str:
    text = "\n".join(part.text for part in block.content)
    return f'[search result "{block.title}" from {block.source}]\n{text}'


def _tool_use(block: content.ToolUse, _names: Names) -> str:
    return f"I call {block.name} with {arguments_text(block)}."


def _tool_result(block: content.ToolResult, names: Names) -> str:
    name = names.get(block.id, "the tool")
    result = _content(block.content, names)
    if block.status == "error":
        return f"{name} failed: {result}"
    return f"The result of {name} is {result}."


def _json(block: content.JsonValue, _names: Names) -> str:
    return bytes(block.value).decode("utf-8", "replace")


def _foreign(_block: content.Foreign, _names: Names) -> str:
    return "[content of a kind that this model cannot read]"


_Renderer: TypeAlias = Callable[[Any, Names], str]
_RENDERERS: Final[Mapping[type, _Renderer]] = MappingProxyType(
    {
        content.Audio: _media("audio"),
        content.CachePoint: _nothing,
        content.CitedText: _text,
        content.Document: _document,
        content.Foreign: _foreign,
        content.GuardImage: _media("image"),
        content.GuardText: _text,
        content.Image: _media("image"),
        content.JsonValue: _json,
        # What another model thought is not this one's to continue.
        content.Reasoning: _nothing,
        content.RedactedReasoning: _nothing,
        content.SearchResult: _search_result,
        content.Text: _text,
        content.ToolAddition: _nothing,
        content.ToolRemoval: _nothing,
        content.ToolResult: _tool_result,
        content.ToolUse: _tool_use,
        content.Video: _media("video"),
    }
)
"""Every member of the unions of `outcrop.types.content`; a test compares them."""
