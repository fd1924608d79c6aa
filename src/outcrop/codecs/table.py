"""Every dialect that a model can be asked in, beside Converse, by name.

Place in the house: codecs. The one module that knows all of them. A dialect is loaded when a call
first needs it: most programs need one, and each costs milliseconds to import.

    dialect("llama").encode_request(request, stream=False, invoke=True)

Source: behaviour specification, ROUTE-03, ROUTE-06, ROUTE-07.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final, Protocol, cast

from outcrop.codecs import native
from outcrop.errors import UnsupportedError
from outcrop.http import Headers
from outcrop.types.events import Event
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response


class StreamDecoder(Protocol):
    """Reads the documents of one streamed answer."""

    def decode(self, name: str, payload: bytes) -> tuple[Event, ...]:
        """Read one document; `name` is its server-sent event's, else empty."""

    def close(self) -> tuple[Event, ...]:
        """Return what the end of the body completes."""


class Dialect(Protocol):
    """The client's half of a codec: a module with these names."""

    @property
    def API(self) -> str:  # noqa: N802 - a constant of the module
        """What the answers call it, and whose `Foreign` values it writes back."""

    def encode_request(self, request: Request, *, stream: bool, invoke: bool) -> bytes:
        """Write a request; `invoke` is a body of InvokeModel, without model and stream."""

    def decode_response(self, body: bytes, headers: Headers = ()) -> Response:
        """Read a whole answer."""

    def StreamDecoder(self) -> StreamDecoder:  # noqa: N802 - a class of the module
        """Begin to read a streamed answer."""

    def unsupported(self, request: Request) -> tuple[Adjustment, ...]:
        """List what of a request the dialect has no word for."""


_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic": "outcrop.codecs.anthropic",
        "openai_chat": "outcrop.codecs.openai_chat",
        "openai_responses": "outcrop.codecs.openai_responses",
        **{form: f"outcrop.codecs.native.{form}" for form in native.FORMS},
    }
)


@cache
def dialect(name: str) -> Dialect:
    """Return a dialect by its name.

    Raises:
        UnsupportedError: There is none of that name.
    """
    module = _MODULES.get(name)
    if module is None:
        raise UnsupportedError(f"no model can be asked in {name}")
    return cast("Dialect", import_module(module))
