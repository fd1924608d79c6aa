"""Members that no Struct names."""

import msgspec
import pytest

from outcrop.codecs.openai_chat import wire
from outcrop.codecs.openai_chat.unknown import move_unknown


def moved(document: str) -> object:
    return msgspec.json.decode(move_unknown(wire.Request, document.encode()))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (' \n{"model":"m","a":[1]}', {"model": "m", "outcrop:surplus": {"a": [1]}}),
        (
            '{"messages":[{"role":"user","content":"x","a":1}]}',
            {"messages": [{"role": "user", "content": "x", "outcrop:surplus": {"a": 1}}]},
        ),
        (
            '{"messages":[{"role":"user","content":[{"type":"file","file":{"a":1,"file_id":"f"}}]}]}',
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "file",
                                "file": {"file_id": "f"},
                                "outcrop:surplus": {"file.a": 1},
                            }
                        ],
                    }
                ]
            },
        ),
        (
            '{"tool_choice":{"type":"x","allowed_tools":{"mode":"auto","tools":[{"a":1},{"b":2}]}}}',
            {
                "tool_choice": {"type": "x", "allowed_tools": {"mode": "auto", "tools": [{}, {}]}},
                "outcrop:surplus": {
                    "tool_choice.allowed_tools.tools[0].a": 1,
                    "tool_choice.allowed_tools.tools[1].b": 2,
                },
            },
        ),
        ('{"outcrop:surplus":{"a":1}}', {"outcrop:surplus": {"outcrop:surplus": {"a": 1}}}),
        ('{"messages":"text","metadata":{"a":"b"}}', {"messages": "text", "metadata": {"a": "b"}}),
    ],
    ids=["top", "message", "below-a-part", "below-a-list", "own-name", "nothing"],
)
def test_moved(document: str, expected: object) -> None:
    """They stand beside what can carry them, under the path that they had."""
    assert moved(document) == expected


def test_values_stay_as_they_are() -> None:
    """Spaces, order and numbers beyond a float's reach pass unparsed."""
    odd = '{ "b": 1.00, "a" : 12345678901234567890123 }'

    assert odd.encode() in move_unknown(wire.Request, f'{{"new": {odd}}}'.encode())
