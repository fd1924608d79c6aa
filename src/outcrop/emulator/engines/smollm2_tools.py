"""Which tool is called, and how the model is told to fill its arguments.

Place in the house: emulator, engines. Pure.

A model of this size cannot choose a tool: 2 of 8 choices were right. So the choice is a count of
words that the user's text shares with the tool's name and description. A word of the name counts 2,
one of the description 1; a tool is meant from `CLEARLY` on. That is plain, repeatable, and deaf to
synonyms. Where a tool must be called and none is meant, it is the first.

* ``auto``: the tool that is meant, once; the results of tools are answered in text, so loops end.
* ``any``: the tool that is meant most.
* a named tool: that one.

Source: measured, as are the words of the instruction, which fill most arguments rightly.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.reading import last_results, last_user_text, tools_of
from outcrop.types.requests import Request
from outcrop.types.tools import AnyChoice, NamedChoice, NoChoice, Tool

CLEARLY: Final = 2
NAME_WEIGHT: Final = 2
LONGEST_DESCRIPTION: Final = 300
LONGEST_FIELD: Final = 80
MOST_FIELDS: Final = 30
SHORT: Final = 3
"""A word of this length that ends in s is none in the plural: bus, gas."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_EMPTY: Final = """
    a about all an and any api are as at be by call can data do does for from function get given
    has have how i if in input into is it its json list make me my no not of on one or other
    output provide provided result return returns run set show some such text that the their them
    then this to tool use used user uses using value was we what when where which who will with
    you your
"""
_EMPTY_WORDS: Final = frozenset(_EMPTY.split())
"""Words that mean nothing in particular: in every text, or in every description of a tool."""


def chosen_tool(request: Request) -> Tool | None:
    """Return the tool that is called now, or None where the answer is text.

    Raises:
        EngineRefusal: The tool that must be called is not among the tools.
    """
    tools = tools_of(request)
    match request.tool_choice:
        case NoChoice():
            return None
        case NamedChoice(name=name):
            return _named(tools, name)
        case AnyChoice():
            return _meant(request, tools, at_least=0)
        case _ if last_results(request):
            return None
        case _:
            return _meant(request, tools, at_least=CLEARLY)


def _named(tools: tuple[Tool, ...], name: str) -> Tool:
    for tool in tools:
        if tool.name == name:
            return tool
    raise EngineRefusal(
        400, "ValidationException", f"toolChoice names {name}, which toolConfig.tools does not have"
    )


def _meant(request: Request, tools: tuple[Tool, ...], *, at_least: int) -> Tool | None:
    said = words(last_user_text(request))
    # `max` keeps the first of equals.
    best = max(tools, key=lambda tool: _score(tool, said), default=None)
    return best if best is not None and _score(best, said) >= at_least else None


def _score(tool: Tool, said: frozenset[str]) -> int:
    name = words(tool.name)
    description = words(tool.description or "") - name
    return NAME_WEIGHT * len(name & said) + len(description & said)


def words(text: str) -> frozenset[str]:
    """Return the words of a text that mean something, in lower case and without plural.

    Names are cut at ``_``, ``-`` and capitals: ``getOrderStatus`` has ``order`` and ``status``.
    """
    found = (word.group().lower() for word in _WORD.finditer(text))
    return frozenset(_singular(word) for word in found if word not in _EMPTY_WORDS)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    is_plural = word.endswith("s") and not word.endswith("ss") and len(word) > SHORT
    return word[:-1] if is_plural else word


def tool_instruction(tool: Tool, schema: Any) -> str:
    """Say in words that the arguments of `tool` are wanted."""
    description = _cut(tool.description or "", LONGEST_DESCRIPTION)
    about = f" ({description})" if description else ""
    fields = _fields(schema)
    wanted = f"with JSON arguments: {fields}" if fields else "with a JSON object"
    return f"Call the function {tool.name}{about} {wanted}."


def _fields(schema: Any) -> str:
    """Name the members of an object, with what its schema says about each."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    members = list(properties.items()) if isinstance(properties, Mapping) else []
    return "; ".join(_field(name, member) for name, member in members[:MOST_FIELDS])


def _field(name: str, schema: Any) -> str:
    return " ".join([name, *_facts(schema)]) if isinstance(schema, Mapping) else name


def _facts(schema: Mapping[str, Any]) -> Iterator[str]:
    description = _cut(str(schema.get("description", "")), LONGEST_FIELD)
    if description:
        yield f"({description})"
    choices = schema.get("enum")
    if isinstance(choices, list):
        yield "one of " + _cut(", ".join(map(str, choices)), LONGEST_FIELD)


def _cut(text: str, longest: int) -> str:
    """Return the first line of a text, as far as it may go."""
    line = text.strip().partition("\n")[0].rstrip(". ")
    return line if len(line) <= longest else line[:longest].rpartition(" ")[0]
