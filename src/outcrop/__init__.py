"""Every model on Amazon Bedrock: a library, a gateway, a terminal and a local emulator.

    import outcrop

    with outcrop.Client(region="us-east-1") as client:
        answer = client.chat("What is an outcrop?", model="us.amazon.nova-lite-v1:0")
        print(answer.text, answer.usage)

Importing opens nothing, reads nothing, and loads no server, no command line and no AWS SDK. Each
name is loaded when it is first used; ``__init__.pyi`` tells type checkers what they are.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "outcrop.client": (
        "AsyncClient",
        "AsyncInvokeStream",
        "AsyncStream",
        "BoundModel",
        "Client",
        "DryRun",
        "InvokeStream",
        "Listing",
        "Stream",
        "ToolRun",
        "assistant",
        "chat",
        "document",
        "image",
        "tool_result",
        "user",
    ),
    "outcrop.errors": ("OutcropError", "StructuredOutputError"),
    "outcrop.types.content": (
        "S3",
        "Audio",
        "Document",
        "GuardImage",
        "GuardText",
        "Image",
        "Inline",
        "Text",
        "ToolResult",
        "ToolUse",
        "Video",
    ),
    "outcrop.types.counting": ("TokenCount",),
    "outcrop.types.embeddings": ("Embedding", "Embeddings"),
    "outcrop.types.images": ("MadeImage", "MadeImages"),
    "outcrop.types.invocations": ("Invocation",),
    "outcrop.types.messages": ("Message",),
    "outcrop.types.requests": ("Guardrail", "Request", "TextFormat"),
    "outcrop.types.rerank": ("Ranked", "Reranking"),
    "outcrop.types.responses": ("Response",),
    "outcrop.types.tools": ("Tool",),
    "outcrop.types.usage": ("Usage",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [*_HOME_OF]  # noqa: PLE0604 - all of them are strings


def __getattr__(name: str) -> object:
    """Load a public name from the room it lives in."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'outcrop' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
