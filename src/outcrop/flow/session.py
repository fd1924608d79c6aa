"""What one client remembers between calls: its clock, and how throttled it is.

Place in the house: flow. No I/O: clock and randomness are given. All figures are plain numbers
whose updates are single steps, so threads and tasks may share one session.
"""

from collections.abc import Callable
from typing import Final

BUCKET_SIZE: Final = 500.0
RETRY_COST: Final = 5.0
SUCCESS_REFUND: Final = 1.0
MAX_PAUSE_S: Final = 60.0
_SAME_CLOCK_S: Final = 1.0


class Session:
    """Memory of one client. Shared by all its calls."""

    def __init__(self, *, clock: Callable[[], float], random: Callable[[], float]) -> None:
        """Take a clock (seconds since the epoch) and a source of numbers in [0, 1)."""
        self._clock = clock
        self.random = random
        self.clock_offset_s = 0.0
        """How far AWS's clock is ahead of ours; learnt from a refused signature."""
        self._tokens = BUCKET_SIZE
        self._pauses: dict[str, float] = {}
        self._kept: dict[str, tuple[float, object]] = {}

    def now(self) -> float:
        """Return our own time, seconds since the epoch."""
        return self._clock()

    def signing_time(self) -> float:
        """Return AWS's time as far as known, seconds since the epoch."""
        return self._clock() + self.clock_offset_s

    def learn_clock(self, offset_s: float | None, signed_with_s: float) -> bool:
        """Take over AWS's time; tell whether a signature made now would be another.

        Args:
            offset_s: How far AWS's clock is ahead, as a reply told; None where it did not.
            signed_with_s: The offset that the refused signature was made with. Another call may
                have learnt the time since.
        """
        if offset_s is not None and abs(offset_s - self.clock_offset_s) >= _SAME_CLOCK_S:
            self.clock_offset_s = offset_s
        return abs(self.clock_offset_s - signed_with_s) >= _SAME_CLOCK_S

    def take_retry(self) -> bool:
        """Pay for one retry; False when too many calls failed lately (RETRY-03)."""
        if self._tokens < RETRY_COST:
            return False
        self._tokens -= RETRY_COST
        return True

    def note_success(self) -> None:
        """Earn a little of the retry budget back."""
        self._tokens = min(BUCKET_SIZE, self._tokens + SUCCESS_REFUND)

    def pause(self, place: str, seconds: float) -> None:
        """Hold back every call to one model and region, not only the one that was throttled."""
        until = self._clock() + seconds
        self._pauses[place] = max(self._pauses.get(place, 0.0), until)

    def pause_left_s(self, place: str) -> float:
        """Return how long calls to one model and region should still wait, seconds."""
        if not self._pauses:
            return 0.0
        left = self._pauses.get(place, 0.0) - self._clock()
        if left <= 0:
            self._pauses.pop(place, None)
            return 0.0
        # A clock that was set back must not make a pause of it.
        return min(left, MAX_PAUSE_S)

    def keep(self, name: str, value: object, seconds: float) -> None:
        """Remember something that was learnt, for a while."""
        self._kept[name] = (self._clock() + seconds, value)

    def kept(self, name: str) -> object:
        """Return what `keep` was told; None where nothing was, or its time is over."""
        until, value = self._kept.get(name, (0.0, None))
        return value if self._clock() < until else None
