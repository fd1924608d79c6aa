"""From a model's own body to the flows that send it, and its chunks as they arrive.

Place in the house: client. Both clients invoke by these; the two streams hand on what `Stream` and
`AsyncStream` of `drivers` bring.

Source: behaviour specification, WIRE-06 to WIRE-08, WIRE-12.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypedDict

from outcrop.client.ask import refuse_unknown
from outcrop.client.drivers import AsyncStream, Stream
from outcrop.client.plan import Plan
from outcrop.errors import BadRequestError
from outcrop.flow.effects import Flow
from outcrop.flow.native import NativeRequest, invoke
from outcrop.flow.native_stream import stream_native
from outcrop.flow.purpose import require_one_answer
from outcrop.types.events import Event, ForeignEvent
from outcrop.types.invocations import Invocation
from outcrop.types.json import encode_raw
from outcrop.types.requests import Guardrail

Body: TypeAlias = bytes | Mapping[str, Any]
"""What the model is sent: bytes as they stand, or anything JSON can say of an object."""


class InvokeOptions(TypedDict, total=False):
    """What AWS is told beside the body."""

    content_type: str
    """``"application/json"`` by default."""
    accept: str
    """Which type the model shall answer in; ``"application/json"`` by default."""
    trace: str
    """``"enabled"``, ``"disabled"`` or ``"enabled_full"``."""
    guardrail: Guardrail
    """Which guardrail watches; version ``"DRAFT"`` by default."""
    latency: str
    """``"standard"`` or ``"optimized"``."""
    service_tier: str
    """``"priority"``, ``"default"``, ``"flex"`` or ``"reserved"``."""
    request_metadata: Mapping[str, str]
    """Labels for AWS's invocation log."""


_KNOWN: Final = frozenset(InvokeOptions.__annotations__)


def plan_invoke(plan: Plan, model: str, body: Body, options: InvokeOptions) -> Flow[Invocation]:
    """Return the flow that asks a model with a body of its own.

    Raises:
        BadRequestError: An option or the body has the wrong form, or the model answers elsewhere.
    """
    require_one_answer(model)
    return invoke(_request(body, options), plan.target(model), plan.session)


def plan_invoke_stream(
    plan: Plan, model: str, body: Body, options: InvokeOptions
) -> Flow[Invocation]:
    """Return the flow that does so, and emits the answer chunk by chunk.

    Raises:
        BadRequestError: An option or the body has the wrong form, or the model answers elsewhere.
    """
    require_one_answer(model)
    return stream_native(_request(body, options), plan.target(model), plan.session)


def _request(body: Body, options: InvokeOptions) -> NativeRequest:
    given: dict[str, Any] = {name: said for name, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    return NativeRequest(body=body_bytes(body), **given)


def body_bytes(body: Body) -> bytes:
    """Return a body as it is sent.

    Raises:
        BadRequestError: It is neither bytes nor an object of JSON.
    """
    if isinstance(body, bytes):
        return body
    if not isinstance(body, Mapping):
        raise BadRequestError(
            f"the body is a {type(body).__name__}", hint="give bytes, or a dict for JSON"
        )
    return bytes(encode_raw(body))


class InvokeStream:
    """A model's own answer as it arrives: iterate for its chunks, each a document of the model's.

    Nothing is sent before the first chunk is asked for. Leaving early closes the socket at once.
    """

    def __init__(self, stream: Stream) -> None:
        """Take a stream whose events are unread chunks."""
        self._stream = stream

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return _document(next(self._stream))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def collect(self) -> tuple[bytes, ...]:
        """Read what is left.

        Raises:
            OutcropError: The answer never began, or broke off.
        """
        return tuple(self)

    @property
    def invocation(self) -> Invocation:
        """What AWS said about the answer, once it was read to its end; without the body."""
        return _end(self._stream)

    def close(self) -> None:
        """Break off. Closes the socket unless the answer was read to its end."""
        self._stream.close()


class AsyncInvokeStream:
    """A model's own answer as it arrives; `InvokeStream`, awaited. For one task at a time."""

    def __init__(self, stream: AsyncStream) -> None:
        """Take a stream whose events are unread chunks."""
        self._stream = stream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return _document(await anext(self._stream))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    async def collect(self) -> tuple[bytes, ...]:
        """Read what is left.

        Raises:
            OutcropError: The answer never began, or broke off.
        """
        return tuple([chunk async for chunk in self])

    @property
    def invocation(self) -> Invocation:
        """What AWS said about the answer, once it was read to its end; without the body."""
        return _end(self._stream)

    def close(self) -> None:
        """Break off. Closes the socket unless the answer was read to its end."""
        self._stream.close()


def _document(event: Event) -> bytes:
    assert isinstance(event, ForeignEvent), "chunks are not read"
    return bytes(event.raw)


def _end(stream: Stream | AsyncStream) -> Invocation:
    # The drivers hand on whatever their flow returns; here it is no conversation.
    end: Any = stream.response
    assert isinstance(end, Invocation), "the flow of a native stream returns an Invocation"
    return end
