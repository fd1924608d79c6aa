"""The prompt of models whose maker names no template.

Place in the house: the native codecs. One question stands as it is; a longer conversation is a row
of lines, each with the name of who speaks.
"""

from typing import Final

from outcrop.codecs.native.template import Template

DIALOGUE: Final = Template(
    turns={
        "system": ("", "\n\n"),
        "user": ("User: ", "\n"),
        "assistant": ("Assistant: ", "\n"),
    },
    opening="Assistant:",
    bare=True,
)
