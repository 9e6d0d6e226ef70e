"""What the sign-in screen says: the ways, the code, the wait and the failure, each as facts."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from console.domain.trouble import Trouble
from console.entrance import Code
from console.signin_ways import Method, Way
from console.text import safe
from screens.widgets.facts import Fact

ASKED = {
    "az": "Asking the Azure CLI for a token; that can take some seconds.",
    "device-code": "Asking for a code.",
    "managed-identity": "Asking this machine for its identity.",
    "environment": "Signing in with the service principal of the environment.",
    "emulator": "Signing in at the emulator.",
}
#: Seconds that are left, and how that is told: in steps, so that a screen on which nothing happens sends nothing.
LEFT = ((600, "more than 10 minutes"), (300, "more than 5 minutes"), (120, "more than 2 minutes"), (60, "more than a minute"))
MARGIN = "    "


def failure_page(trouble: Trouble | None) -> list[Fact]:
    """Why there is no sign-in, where there was an attempt."""
    if trouble is None:
        return [Fact("", "")]
    return [Fact("", ""), Fact("", trouble.sentence, "bad"), Fact("", "")]


def ways_page(ways: Sequence[Way], cursor: int) -> list[Fact]:
    """The ways, the chosen one marked."""
    facts: list[Fact] = []
    for number, way in enumerate(ways):
        chosen = number == cursor
        look = "muted" if way.there is False and not chosen else ""
        label_look = "key" if chosen else look
        facts += [Fact(f"{'▶' if chosen else ' '} {way.title}", way.says, look, label_look)]
    return facts


def waiting_page(method: Method) -> list[Fact]:
    return [Fact("", ""), Fact("", ASKED.get(method, "Signing in."), "busy")]


def code_page(code: Code, left: float, emulated: bool) -> list[Fact]:
    """The code, large; `left` is the seconds for which it is good. At the emulator nobody types: an address does both."""
    spaced = " ".join(safe(code.code, 40))
    width = len(spaced) + 8
    steps = "Open this address, as whoever of the company you want to be" if emulated else "Open this address in a browser, on any device"
    facts = [
        Fact("", ""),
        Fact("", f"{steps}:"),
        Fact("", ""),
        *(Fact("", f"{MARGIN}{line}", "key") for line in [approval_address(code, emulated)]),
        Fact("", ""),
        Fact("", "This device's code:" if emulated else "and type there:"),
        Fact("", ""),
        Fact("", f"{MARGIN}╭{'─' * width}╮"),
        Fact("", f"{MARGIN}│{' ' * width}│"),
        Fact("", f"{MARGIN}│    {spaced}    │", "bold"),
        Fact("", f"{MARGIN}│{' ' * width}│"),
        Fact("", f"{MARGIN}╰{'─' * width}╯"),
        Fact("", ""),
        Fact("to copy", code.code),
        Fact("good for", time_left(left)),
        Fact("", ""),
        Fact("", "Waiting for the sign-in there; this page closes by itself." if left > 0 else "Press r for a new code.", "busy"),
    ]
    return [*facts, Fact("", code.note, "muted")] if code.note else facts


def approval_address(code: Code, emulated: bool) -> str:
    """What to open; at the emulator with the code and somebody's name in it."""
    return f"{code.address}?user_code={quote(code.code)}&as=ada@contoso.com" if emulated else code.address


def time_left(seconds: float) -> str:
    if seconds <= 0:
        return "expired"
    return next((words for least, words in LEFT if seconds > least), "less than a minute")
