"""Instructions in brackets, as clients write them for any model that knows brackets.

Place in the house: the native codecs. Read only; no form writes it on its own.

Source: langchain_aws 1.x, convert_messages_to_prompt_llama and convert_messages_to_prompt_mistral.
"""

from typing import Final

from outcrop.codecs.native.template import Template

INSTRUCTIONS: Final = Template(
    turns={
        "system": ("<<SYS>> ", " <</SYS>>\n"),
        "user": ("[INST] ", " [/INST]"),
        "assistant": ("\n", "\n"),
    },
    opening="",
)
