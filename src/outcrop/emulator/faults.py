"""How an answer is spoiled on the wire, on purpose.

Place in the house: emulator. An engine yields a fault in front of the event whose frame it spoils;
the rest of what can go wrong needs no fault: an error reply is a `Refusal`, an exception in the
middle of a stream is a `StreamFault`, silence is an engine that sleeps.

Source: behaviour specification, EMU-05, WIRE-10.
"""

from typing import TypeAlias

import msgspec


class CorruptNext(msgspec.Struct, frozen=True):
    """The next frame carries a checksum that is wrong. An unstreamed reply has none to spoil."""


class CutNext(msgspec.Struct, frozen=True):
    """The connection closes in the middle of the next frame, or of an unstreamed body."""


Fault: TypeAlias = CorruptNext | CutNext
