"""When two documents of the Messages API say the same.

Place in the house: tests only.
"""

from typing import Any

from tests.codecs.converse.comparing import rebuilt, unknown

__all__ = ["rebuilt", "said", "unknown"]

VERBATIM = frozenset({"input", "input_schema", "schema"})
"""What passes unparsed: null and empty are values there."""


def said(document: Any) -> Any:
    """Return what a request, an answer or an event says.

    A member that is null or an empty list says nothing; a text says what a list of one text block
    says; a tool that is ``custom`` is what a tool without type is; a point that may be cached is
    the same with its default named.
    """
    if isinstance(document, list):
        return [said(each) for each in document]
    if not isinstance(document, dict):
        return document
    made = {
        name: value if name in VERBATIM else said(_spelled_out(name, value))
        for name, value in document.items()
    }
    if "input_schema" in made and made.get("type") == "custom":
        del made["type"]
    return {name: value for name, value in made.items() if value not in (None, [])}


def _spelled_out(name: str, value: Any) -> Any:
    if name in {"content", "system"} and isinstance(value, str):
        return [{"type": "text", "text": value}]
    return value
