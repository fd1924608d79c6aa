"""The bodies of text models: how each form is read, checked and answered.

Place in the house: emulator. A table; `models.native` says which model takes which form, the codecs
read and write it, here stands what Bedrock demands of it.

Source: behaviour specification, EMU-01, ROUTE-07; public threads as named at the rows and in
`wordings`.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, Final, Protocol

import msgspec

from outcrop.codecs import anthropic, openai_chat
from outcrop.codecs.native import (
    ai21_chat,
    ai21_j2,
    claude_text,
    cohere_chat,
    cohere_generate,
    llama,
    llama_4,
    mistral,
    mistral_prompt,
    nova,
    pegasus,
    titan,
)
from outcrop.codecs.openai_chat.upstream_stream_encoding import CompletionEncoder
from outcrop.emulator.messages_rules import check_messages, claude_name
from outcrop.emulator.refusals import Refusal
from outcrop.models.card import ModelCard
from outcrop.types.content import Reasoning
from outcrop.types.events import Event
from outcrop.types.requests import Request
from outcrop.types.responses import Response


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of itself, where its form has words for it."""

    model: str
    """As it was asked for."""
    request_id: str
    created: int
    """Seconds since 1970."""


class Encoder(Protocol):
    """Writes the documents of one streamed answer, each with the name of its event or none."""

    def encode(self, event: Event) -> tuple[tuple[str, bytes], ...]:
        """Write what one event adds."""

    def close(self) -> tuple[tuple[str, bytes], ...]:
        """Write what the end completes."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One form of body."""

    decode: Callable[[bytes, str], Request]
    """Reads a request to the model that is named."""
    encode: Callable[[Response, Letterhead], bytes]
    encoder: Callable[[Letterhead], Encoder]
    required: tuple[str, ...]
    """Members that must be there."""
    permitted: tuple[str, ...] = ()
    """Members that may be there, beside `required`; empty where any may."""
    streams: bool = True
    pointed: bool = False
    """Whether problems are named as Anthropic does, ``messages.0.content``, not by a schema."""
    rules: Callable[[Request, ModelCard | None], Iterator[Refusal]] = lambda _request, _card: iter(
        ()
    )
    """Yields what is wrong with a request that could be read."""


def _native(
    codec: ModuleType, *required: str, permitted: tuple[str, ...] = (), streams: bool = True
) -> Dialect:
    return Dialect(
        decode=codec.decode_request,
        encode=lambda response, _head: codec.encode_response(response),
        encoder=lambda _head: codec.StreamEncoder(),
        required=required,
        permitted=permitted,
        streams=streams,
    )


def _claude(head: Letterhead) -> dict[str, Any]:
    response_id = f"msg_bdrk_{head.request_id.replace('-', '')}"
    return {"model": claude_name(head.model), "response_id": response_id}


def _completion(head: Letterhead) -> dict[str, Any]:
    return {
        "model": head.model,
        "response_id": f"chatcmpl-{head.request_id}",
        "created": head.created,
    }


def _plainly(response: Response) -> Response:
    """Leave the signatures of thoughts out: these models sign nothing."""
    content = tuple(
        msgspec.structs.replace(block, signature=None) if isinstance(block, Reasoning) else block
        for block in response.content
    )
    return msgspec.structs.replace(response, content=content)


MESSAGES: Final = Dialect(
    decode=lambda body, model: anthropic.decode_request(body, model).request,
    encode=lambda response, head: anthropic.encode_response(response, **_claude(head)),
    encoder=lambda head: anthropic.StreamEncoder(**_claude(head), invoke=True),
    required=("anthropic_version", "max_tokens", "messages"),
    pointed=True,
    rules=check_messages,
)
CHAT: Final = Dialect(
    decode=lambda body, model: msgspec.structs.replace(
        openai_chat.decode_request(body).request, model=model
    ),
    encode=lambda response, head: openai_chat.encode_completion(
        _plainly(response), **_completion(head)
    ),
    encoder=lambda head: CompletionEncoder(**_completion(head)),
    required=("messages",),
)

_LLAMA: Final = ("max_gen_len", "temperature", "top_p", "images")
_NOVA: Final = (
    "schemaVersion",
    "system",
    "inferenceConfig",
    "toolConfig",
    "reasoningConfig",
    "additionalModelRequestFields",
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        anthropic.API: MESSAGES,
        openai_chat.API: CHAT,
        ai21_chat.API: _native(ai21_chat, "messages"),
        # langchain-ai/langchainjs#2645.
        ai21_j2.API: _native(ai21_j2, "prompt", streams=False),
        claude_text.API: _native(claude_text, "prompt", "max_tokens_to_sample"),
        cohere_chat.API: _native(cohere_chat, "message"),
        cohere_generate.API: _native(cohere_generate, "prompt"),
        # Refused beside these: lobehub/lobehub#5203.
        llama.API: _native(llama, "prompt", permitted=_LLAMA),
        llama_4.API: _native(llama_4, "prompt", permitted=_LLAMA),
        mistral.API: _native(mistral, "messages"),
        mistral_prompt.API: _native(mistral_prompt, "prompt"),
        # logancyang/obsidian-copilot#2145, run-llama/llama_index#21420.
        nova.API: _native(nova, "messages", permitted=_NOVA),
        pegasus.API: _native(pegasus, "inputPrompt"),
        # aws-samples/amazon-bedrock-aistylist-lab#5.
        titan.API: _native(titan, "inputText", permitted=("textGenerationConfig",)),
    }
)
"""Every form by the name that `models.catalogue.native_form` gives."""
