"""Signals that stop a command or a run: SIGINT (Ctrl-C), and SIGTERM (a scheduler, a machine that goes down).

What a handler raises is lost where Python calls it while it collects garbage, and Dagster has handlers of its own. So
every signal is noted as well, and asked for wherever one thing has ended and the next would begin. Knows no Dagster.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_first_of: list[Callable[[], int]] = []
"""What tells the first signal that came, while they are noted: a process has one wakeup descriptor."""


class Stopped(BaseException):
    """A signal has stopped what was under way; says which, and how far that had come.

    Attributes:
        code: the exit code for it: 130 after SIGINT, 143 after SIGTERM.
        again: what finishes it.
    """

    again = "run the same command again to finish it"

    def __init__(self, number: int, how_far: str = "") -> None:
        super().__init__(f"by {signal.Signals(number).name}{how_far}")
        self.code = 128 + number


@contextmanager
def signals_noted() -> Iterator[Callable[[], int]]:
    """Notes the signals that come meanwhile; gives what tells the first of them, which is 0 while none has come.

    Within another it tells what that has noted. Beside the main thread, where no signal arrives, it tells of none.
    """
    if _first_of:
        yield _first_of[-1]
        return
    if threading.current_thread() is not threading.main_thread():
        yield lambda: 0
        return
    came: list[int] = []
    ear, mouth = socket.socketpair()

    def first() -> int:
        with suppress(BlockingIOError):
            came.extend(number for number in ear.recv(4096) if number in _STOPPING)
        return came[0] if came else 0

    with ear, mouth:
        ear.setblocking(False)
        mouth.setblocking(False)
        before = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        _first_of.append(first)
        try:
            yield first
        finally:
            _first_of.remove(first)
            signal.set_wakeup_fd(before)


@contextmanager
def stopping() -> Iterator[None]:
    """A signal stops what is done here, at the latest at its end.

    Raises:
        Stopped: one came.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        with signals_noted() as first:
            yield
            if number := first():
                raise Stopped(number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
