"""What an engine is: it takes a canonical request and gives canonical events.

Place in the house: emulator. The rest of the emulator knows engines by this contract only.

    class Parrot:
        name = "parrot"
        description = "always says hello"

        async def answer(self, request: Request) -> AsyncGenerator[Event, None]:
            yield MessageStarted()
            yield TextDelta(index=0, text="hello")
            yield BlockEnded(index=0)
            yield MessageEnded(stop=Stop(kind="stop", raw="end_turn"))
            yield Metadata(usage=Usage(input_tokens=1, output_tokens=1, total_tokens=2))

        async def count_tokens(self, request: Request) -> int:
            return 1

        async def close(self) -> None: ...

Events come in the order of the wire: start, blocks one after the other, end, metadata. The
emulator fills in the latency. It closes the generator (`aclose`) when the client has gone: an
engine must then stop within a token.
"""

from collections.abc import AsyncGenerator
from typing import Protocol, TypeAlias

from outcrop.emulator.faults import Fault
from outcrop.emulator.refusals import Refusal
from outcrop.errors import ConfigError
from outcrop.types.events import Event
from outcrop.types.requests import Request

Step: TypeAlias = Event | Fault
"""What an engine yields: an event, or how the next frame is to be spoiled."""


class Engine(Protocol):
    """Answers requests. One per process; many answers run at once."""

    @property
    def name(self) -> str:
        """Who speaks, in one word: the value of ``x-outcrop-engine``."""
        ...

    @property
    def description(self) -> str:
        """What speaks, in a few words, for the user who starts it."""
        ...

    def answer(self, request: Request) -> AsyncGenerator[Step, None]:
        """Answer one request, event by event, from `MessageStarted` to `Metadata`.

        Raises:
            EngineRefusal: Before the first event: the reply is this error.
        """
        ...

    async def count_tokens(self, request: Request) -> int:
        """Return how many tokens the engine reads when it is asked this.

        Raises:
            EngineRefusal: The request is too long, or makes no sense to the engine.
        """
        ...

    async def close(self) -> None:
        """Free what the engine holds. No answer is running any more."""
        ...


class EngineRefusal(Refusal):
    """An engine says no before its first event, in AWS's form.

    Built as ``EngineRefusal(status, code, message)``.
    """


class EngineUnavailable(ConfigError):  # noqa: N818 - says what is the case
    """An engine cannot run on this machine.

    Attributes:
        reason: What is missing, one sentence, no full stop.
        remedy: What to do about it, one sentence, no full stop.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        """Keep both: `select` shows them when it falls back to another engine."""
        super().__init__(reason, hint=remedy)
        self.reason = reason
        self.remedy = remedy
