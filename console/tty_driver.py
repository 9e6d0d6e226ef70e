"""The terminal's driver: Textual's own, and an orderly end when the terminal goes away.

A terminal that is gone reads as an endless end of file, which Textual's input thread asks for again and again, and its writer thread dies
of the first write, after which whoever writes waits for ever. Here a thread waits for the hang-up, which costs nothing until it comes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import termios
import threading
from functools import partial
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

#: Where poll does not tell of a hang-up, the terminal is asked this often (milliseconds).
LOOK_MS = 5_000
EXIT_CODE = 128 + signal.SIGHUP


class TtyDriver(LinuxDriver):
    """Ends its app as a hang-up does once the terminal is gone, whether or not the signal came; from then on it writes nothing."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.lost = False
        self._watch: threading.Thread | None = None

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._watch is None:  # a terminal that is gone by now is none any more, and yet it was one
            self._watch = threading.Thread(target=self._wait_for_hang_up, name="terminal watch", daemon=True)
            self._watch.start()

    def write(self, data: str) -> None:
        if not self.lost:
            super().write(data)

    def notice_loss(self) -> bool:
        """Whether the terminal is gone; if it is, nothing waits for it any more."""
        if not self.lost and hung_up(self.fileno):
            self.lost = True
            self.exit_event.set()
            self._let_go()
        return self.lost

    def _wait_for_hang_up(self) -> None:
        poller = select.poll()
        poller.register(self.fileno, 0)
        while not self.notice_loss():
            poller.poll(LOOK_MS)
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(partial(self._app.exit, EXIT_CODE, return_code=EXIT_CODE))

    def _let_go(self) -> None:
        """Point the standard streams nowhere, so that what is still buffered can be written, and free whoever waits to write."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            if os.isatty(number) or hung_up(number):
                os.dup2(nowhere, number)
        os.close(nowhere)
        if self._writer_thread is not None:
            with contextlib.suppress(queue.Empty):
                while True:
                    self._writer_thread._queue.get_nowait()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError as error:
            if not self.notice_loss():
                self._loop.call_soon_threadsafe(self._app._handle_exception, error)


def hung_up(number: int) -> bool:
    """Whether the file of this number was a terminal that is gone."""
    poller = select.poll()
    poller.register(number, 0)
    if any(found & (select.POLLHUP | select.POLLERR) for _, found in poller.poll(0)):
        return True
    if not os.isatty(number):
        return False
    try:
        termios.tcgetattr(number)
    except termios.error:
        return True
    return False
