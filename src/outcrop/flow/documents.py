"""Repairs of attached documents: each has a legal name of its own, and words that go with it.

Place in the house: flow. Part of `flow.prepare`; each function is one repair, from canonical
request to canonical request. Both are rules of Converse alone.

Source: behaviour specification, DOC-02, DOC-03.
"""

import re
from collections.abc import Iterator
from operator import is_
from typing import Final

import msgspec

from outcrop.models.quirks import Quirks
from outcrop.types.content import Block, Document, Text, ToolResult, ToolResultContent
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment

INTRODUCTION: Final = "Please read the attached document."

_LONGEST: Final = 200
# AWS's words leave the underscore out, and AWS accepts it.
_ILLEGAL: Final = re.compile(r"[^A-Za-z0-9 _\-()\[\]]")
_RUN: Final = re.compile(r"([ -])\1+")


def name_documents(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Give every document a name that Converse takes, and that no other has."""
    namer = _Namer()
    messages = tuple(map(namer.rename, request.messages))
    if not namer.renamed:
        return request
    numbers = ", ".join(map(str, namer.renamed))
    changes.append(
        Adjustment(
            rule="document_renamed",
            detail=f"document {numbers} of the conversation had no legal name of its own",
        )
    )
    return msgspec.structs.replace(request, messages=messages)


class _Namer:
    """Hands out names from the first message on, so a longer history changes no earlier one."""

    def __init__(self) -> None:
        self.renamed: list[int] = []
        self._count = 0
        self._used: set[str] = set()

    def rename(self, message: Message) -> Message:
        content = tuple(map(self._rename_block, message.content))
        if all(map(is_, content, message.content)):
            return message
        return msgspec.structs.replace(message, content=content)

    def _rename_block(self, block: Block) -> Block:
        if isinstance(block, ToolResult):
            return self._rename_result(block)
        return self._named(block) if isinstance(block, Document) else block

    def _rename_result(self, result: ToolResult) -> ToolResult:
        content: tuple[ToolResultContent, ...] = tuple(
            self._named(part) if isinstance(part, Document) else part for part in result.content
        )
        if all(map(is_, content, result.content)):
            return result
        return msgspec.structs.replace(result, content=content)

    def _named(self, document: Document) -> Document:
        self._count += 1
        name = self._free(_clean(document.name) or f"document-{self._count}")
        self._used.add(name)
        if name == document.name:
            return document
        self.renamed.append(self._count)
        return msgspec.structs.replace(document, name=name)

    def _free(self, name: str) -> str:
        return next(each for each in _numbered(name) if each not in self._used)


def _clean(name: str) -> str:
    legal = _RUN.sub(r"\1", _ILLEGAL.sub("-", name))
    return legal.strip(" -")[:_LONGEST].rstrip(" -")


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        end = f"-{number}"
        yield f"{name[: _LONGEST - len(end)].rstrip(' -')}{end}"
        number += 1


def introduce_documents(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Add words to a user's turn that holds documents and says nothing."""
    messages = tuple(_introduced(message, quirks) for message in request.messages)
    if all(map(is_, messages, request.messages)):
        return request
    changes.append(
        Adjustment(
            rule="document_introduced",
            detail=f"{INTRODUCTION!r} was added where documents stood without words",
        )
    )
    return msgspec.structs.replace(request, messages=messages)


def _introduced(message: Message, quirks: Quirks) -> Message:
    kinds = {block.__class__ for block in message.content}
    # Beside tool results some models take no words, and would have them moved away again.
    silent = ToolResult in kinds and quirks.results_alone
    if message.role != "user" or Document not in kinds or Text in kinds or silent:
        return message
    return msgspec.structs.replace(message, content=(*message.content, Text(text=INTRODUCTION)))
