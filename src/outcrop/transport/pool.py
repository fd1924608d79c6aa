"""Who holds which connection, and whose turn is next. Pure accounting, without I/O.

Place in the house: transport floor. Knows origins and opaque connections; the driver brings clock,
lock and sockets. One pool per event loop, or one per blocking transport under its lock.

A *place* is the right to have one connection open. `claim` takes one, `vacate` gives it back; a
connection that waits for its next request keeps its place, and loses it to whoever needs it more.

Source: behaviour specification, EP-06, TLS-03.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from outcrop.http import Origin

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)


class Turn(Protocol[C_contra]):
    """Somebody who waits."""

    @property
    def origin(self) -> Origin:
        """Where they want to go."""

    def grant(self, connection: C_contra | None) -> bool:
        """Hand over a connection to `origin`, or with None a place to open one.

        Returns:
            False when they have stopped waiting: then it is still the pool's.
        """


class Pool(Generic[C]):
    """At most `limit` connections, busy and idle together. Not thread-safe."""

    def __init__(self, *, limit: int, max_idle_s: float, discard: Callable[[C], None]) -> None:
        """Begin empty.

        Args:
            limit: How many places there are.
            max_idle_s: After so many seconds without use a connection is given up.
            discard: Closes a connection that the pool gives up, and calls `vacate` for it.
        """
        self._limit = limit
        self._max_idle_s = max_idle_s
        self._discard = discard
        self._idle: dict[Origin, deque[tuple[C, float]]] = {}
        self._taken = 0
        self._queue: deque[Turn[C]] = deque()

    def take(self, origin: Origin, now: float) -> C | None:
        """Return the connection to `origin` that was used last, where one waits."""
        idle = self._idle.get(origin)
        if not idle:
            return None
        self._drop_old(idle, now)
        return idle.pop()[0] if idle else None

    def claim(self, now: float) -> bool:
        """Take a place for a new connection, an idle one's if need be; False when all are busy."""
        for idle in self._idle.values():
            self._drop_old(idle, now)
        if self._taken >= self._limit and not self._evict():
            return False
        self._taken += 1
        return True

    def put(self, connection: C, origin: Origin, now: float) -> None:
        """Take back a connection that can be used again."""
        while self._queue and self._queue[0].origin == origin:
            if self._queue.popleft().grant(connection):
                return
        if self._queue:
            # It is this place's turn, not this connection's.
            self._discard(connection)
            return
        idle = self._idle.setdefault(origin, deque())
        self._drop_old(idle, now)
        idle.append((connection, now))

    def remove(self, connection: C, origin: Origin) -> None:
        """Forget `connection`, should it be idle: it was closed by the other side."""
        idle = self._idle.get(origin, deque())
        for entry in idle:
            if entry[0] is connection:
                idle.remove(entry)
                return

    def vacate(self) -> None:
        """Take back the place of a connection that is closed, or was never opened."""
        self._taken -= 1
        while self._queue and self._taken < self._limit:
            self._taken += self._queue.popleft().grant(None)

    def wait(self, turn: Turn[C]) -> None:
        """Stand in line. Turns are granted in the order in which they came."""
        self._queue.append(turn)

    def leave(self, turn: Turn[C]) -> None:
        """Step out of line."""
        if turn in self._queue:
            self._queue.remove(turn)

    def clear(self) -> None:
        """Discard all idle connections."""
        while self._evict():
            pass

    def _evict(self) -> bool:
        waiting = [idle for idle in self._idle.values() if idle]
        if not waiting:
            return False
        oldest = min(waiting, key=lambda idle: idle[0][1])
        self._discard(oldest.popleft()[0])
        return True

    def _drop_old(self, idle: deque[tuple[C, float]], now: float) -> None:
        while idle and now - idle[0][1] > self._max_idle_s:
            self._discard(idle.popleft()[0])
