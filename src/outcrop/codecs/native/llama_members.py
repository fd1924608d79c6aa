"""What the bodies of all Llama models call things.

Place in the house: the native codecs. Their prompts differ.

Source: Amazon Bedrock User Guide, Meta Llama models; recordings.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.codecs.native.members import Path
from outcrop.codecs.native.prompting import Answer
from outcrop.types.responses import StopKind

SAMPLING: Final[Mapping[str, Path]] = MappingProxyType(
    {"max_tokens": ("max_gen_len",), "temperature": ("temperature",), "top_p": ("top_p",)}
)
ANSWER: Final = Answer(text=("generation",), stop=("stop_reason",))
COUNTS: Final[Mapping[str, Path]] = MappingProxyType(
    {"input": ("prompt_token_count",), "output": ("generation_token_count",)}
)
WORDS: Final[Mapping[str, StopKind]] = MappingProxyType({"stop": "stop", "length": "length"})
