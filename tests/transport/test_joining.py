"""Writes that go out together: what is joined, when it goes out, and what becomes of the rest."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from outcrop.transport.joining import JoinedWrites


class Line(asyncio.Transport):
    """Notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__({"peername": "somebody"})
        self.done: list[Any] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.done.append(bytes(data))

    def close(self) -> None:
        self.done.append("close")
        self.closing = True

    def abort(self) -> None:
        self.done.append("abort")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.done.append("pause")

    def resume_reading(self) -> None:
        self.done.append("resume")


def after_a_turn(use: Callable[[JoinedWrites], object]) -> list[Any]:
    """Return what reached the line: in the turn of the loop, then "turn", then what came after."""

    async def run() -> list[Any]:
        line = Line()
        use(JoinedWrites(line, asyncio.get_running_loop()))
        line.done.append("turn")
        await asyncio.sleep(0)
        return line.done

    return asyncio.run(run())


def test_head_and_body_are_one_write() -> None:
    """Two would cost a system call more, and wake the client for a head without a body."""

    def use(writes: JoinedWrites) -> None:
        writes.write(b"head ")
        writes.write(bytearray(b"bo"))
        writes.write(memoryview(b"dy"))

    assert after_a_turn(use) == ["turn", b"head body"]


def test_next_turn_is_another_write() -> None:
    """Events of a stream are not held back until there are more."""

    async def run() -> list[Any]:
        line = Line()
        writes = JoinedWrites(line, asyncio.get_running_loop())
        for piece in (b"one", b"two"):
            writes.write(piece)
            await asyncio.sleep(0)
        return line.done

    assert asyncio.run(run()) == [b"one", b"two"]


def test_caller_may_change_what_it_has_written() -> None:
    """A transport takes a copy of what it does not send at once."""

    def use(writes: JoinedWrites) -> None:
        buffer = bytearray(b"said")
        writes.write(buffer)
        buffer[:] = b"lost"

    assert after_a_turn(use) == ["turn", b"said"]


def test_much_goes_out_at_once() -> None:
    """A transport that does not see the bytes cannot stop a writer faster than the client."""

    def use(writes: JoinedWrites) -> None:
        writes.write(b"head")
        writes.write(b"x" * 16_384)
        writes.write(b"rest")

    assert after_a_turn(use) == [b"head" + b"x" * 16_384, "turn", b"rest"]


def test_close_comes_after_what_was_written() -> None:
    """The last answer on a connection that is not kept would be lost."""

    def use(writes: JoinedWrites) -> None:
        writes.write(b"last")
        writes.close()

    assert after_a_turn(use) == [b"last", "close", "turn"]


def test_abort_leaves_out_what_was_written() -> None:
    def use(writes: JoinedWrites) -> None:
        writes.write(b"never")
        writes.abort()

    assert after_a_turn(use) == ["abort", "turn"]


def test_nothing_is_written_to_who_has_left() -> None:
    """A loop may refuse a write on a closed socket with an exception that nobody would catch."""

    async def run() -> list[Any]:
        line = Line()
        JoinedWrites(line, asyncio.get_running_loop()).write(b"never")
        line.closing = True
        await asyncio.sleep(0)
        return line.done

    assert asyncio.run(run()) == []


def test_passes_everything_else_on() -> None:
    """A server stops reading where a client sends too fast."""

    def use(writes: JoinedWrites) -> None:
        writes.pause_reading()
        writes.resume_reading()

    assert after_a_turn(use) == ["pause", "resume", "turn"]


@pytest.mark.parametrize("closing", [False, True])
def test_tells_what_the_transport_tells(closing: bool) -> None:  # noqa: FBT001 - a parameter
    async def run() -> tuple[bool, Any, Any]:
        line = Line()
        line.closing = closing
        writes = JoinedWrites(line, asyncio.get_running_loop())
        return (
            writes.is_closing(),
            writes.get_extra_info("peername"),
            writes.get_extra_info("unknown", "default"),
        )

    assert asyncio.run(run()) == (closing, "somebody", "default")
