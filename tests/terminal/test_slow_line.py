"""The story of a k9s user over a line of 64 kbit/s and 200 ms there and back: the same outcomes, in so many bytes; never in a time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.program import CONSOLE, Home
from tests.benchmarks.throttled import SlowProgram
from tests.conftest import Emulator

BITS, ROUND_TRIP_S = 64_000, 0.2
DEADLINE_S = 120.0
#: All that the story may send to the user's terminal: 80 to 91 KB when this was written, as progress is drawn when it comes.
BUDGET = 110_000
FIVE = 5
#: More than any machine of the estate needs to start or stop, in seconds.
BOOT_S = 900


class User:
    """Somebody at the near end: types, and looks at what has arrived."""

    def __init__(self, program: SlowProgram) -> None:
        self.program = program

    def types(self, *keys: str) -> None:
        for each in keys:
            self.program.press(each.encode())

    def sees(self, wanted: str | Callable[[str], object]) -> str:
        """Wait until the screen holds a text or fits."""
        shows = (lambda screen: wanted in screen) if isinstance(wanted, str) else wanted
        end = time.monotonic() + DEADLINE_S
        while not shows(screen := self.program.text()):
            assert time.monotonic() < end, f"never: {wanted}\n{screen}"
            self.program.read(0.01)
        return screen

    def quits(self) -> None:
        """Quit, until the program has ended: then reading from it raises."""
        self.types("\x11")
        while True:
            self.program.read(0.01)

    def filters(self, text: str) -> str:
        self.types("/", "\x15", text, "\r")
        return self.sees(lambda screen: f"/{text} " in screen and re.search(r"\[\d+/\d+\]", screen))


def changed(emulator: Emulator, verb: str) -> list[str]:
    """The computes that were asked to do something, by name."""
    paths = [call["path"].split("/") for call in emulator.calls() if call["method"] == "POST" and 200 <= call["status"] < 300]
    return [path[-2] for path in paths if path[-1] == verb and path[-3] == "computes"]


def let_go_on(user: User, emulator: Emulator, verb: str, wanted: Callable[[str], object]) -> None:
    """Let the emulator's time, which stands, go on by what a machine needs, each time that one more was asked to do something."""
    asked = 0

    def there(screen: str) -> object:
        nonlocal asked
        if (now := len(changed(emulator, verb))) > asked:
            asked = now
            emulator.control("POST", "clock", {"advance": BOOT_S})
        return wanted(screen)

    user.sees(there)


def marked(screen: str) -> list[str]:
    return re.findall(r"^[✓◆](\S+)", screen, re.MULTILINE)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_story_over_a_slow_line(fresh_emulator: Emulator, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.touch(mode=0o600)
    ready.write_text(json.dumps(fresh_emulator.ready), "utf-8")
    command = [*CONSOLE, "--cloud-file", str(ready), "--ssh", "on"]
    with SlowProgram(Home(tmp_path / "home"), command, (80, 24), BITS, ROUND_TRIP_S) as program:
        user = User(program)
        user.sees("nb-grace")

        # Every workspace, the clusters with GPUs, then what runs; the dearest are on top.
        user.types("W")
        user.sees(lambda screen: "workspaces[12" in screen)
        user.types("\x0f")
        user.sees(lambda screen: "12 workspaces" in screen and re.search(r"compute\[\d\d", screen))
        user.filters("gpu kind:cluster")
        # Azure stops no machine whose disk is full, and the estate has one.
        running = user.filters("kind:instance state:running !nb-emil")
        user.sees(lambda screen: len(re.findall(r"Running .*\d\.\d\d ", screen)) >= FIVE)

        # Five are marked, two of them hidden, one plan stops all.
        user.types("g", *" " * FIVE)
        names = marked(user.sees(lambda screen: f"{FIVE} marked" in screen and len(marked(screen)) == FIVE))
        user.types("/", "\x15", f"state:running !nb-emil !{names[0]} !{names[1]}", "\r")
        user.sees(f"{FIVE} marked, 2 hidden")
        user.types("S")
        user.sees(f"Stop {FIVE} instances")
        user.types("\x1b[C", "\r")
        user.sees(lambda screen: "Cancel" not in screen)
        user.types("9")

        # Rows of Azure's log tell of earlier stops too: only the console's own word says that these five have ended.
        let_go_on(user, fresh_emulator, "stop", lambda screen: f"stop: {FIVE} done" in screen)
        assert sorted(changed(fresh_emulator, "stop")) == sorted(names), running

        # One of the five is taken back.
        user.filters(f"what:stop {names[2]}")
        user.sees(lambda screen: re.search(rf"^▶.* stop .*{re.escape(names[2])} .*done", screen, re.MULTILINE))
        user.types("U")
        user.sees("Undo stop")
        user.types("\x1b[C", "\r")
        user.sees(lambda screen: "Cancel" not in screen)
        user.types("\x1b")

        let_go_on(user, fresh_emulator, "start", lambda screen: f"undo stop {names[2]}: done" in screen)
        assert changed(fresh_emulator, "start") == [names[2]]

        # The table, the reason, the snooze, and what a pasted id leads to.
        user.types("2")
        user.sees(lambda screen: re.search(r" compute\[\d+\]", screen))
        user.types("\x13")
        user.sees("rows in ")
        user.types(":find gpu-idle\r")
        user.sees(lambda screen: re.search(r"^▶gpu-idle", screen, re.MULTILINE))
        user.types("w")
        user.sees("why gpu-idle")
        user.types("\x1b")
        user.sees(lambda screen: "why gpu-idle" not in screen)
        user.types("z")
        user.sees("why it is accepted")
        user.types("training starts on Monday\r\r")
        user.sees("snoozed until")
        with pytest.raises(RuntimeError, match="ended with 0"):
            user.quits()

    folder = tmp_path / "home" / "state" / "aml-console"
    assert {path.suffix for path in (folder / "exports").iterdir()} == {".csv", ".json"}
    assert "training starts on Monday" in (folder / "snoozes.json").read_text("utf-8")
    print(f"{len(program.output):,} bytes")
    assert len(program.output) <= BUDGET
