"""Text from Azure is inert: in every field of every screen and dialog it is drawn as it is written, and does nothing."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from textual.strip import Strip

from console.domain.trouble import Kind, Trouble
from console.emulator.distortions import HOSTILE
from screens.dialogs.confirm import Confirm
from tests.conftest import Emulator
from tests.nets import ACTING, ASKING, View, actions_of, asks, rule
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_plans import agree, ended, targets

#: Categories of which a terminal may do something else than print: controls, formats, surrogates, private, unassigned, line separators.
DANGEROUS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def assert_inert(strips: list[Strip]) -> None:
    for strip in strips:
        for segment in strip:
            assert segment.control is None
            found = [character for character in segment.text if unicodedata.category(character) in DANGEROUS]
            assert not found, f"{found!r} in {segment.text!r}"
            if segment.style is not None:
                assert not [key for key in segment.style.meta if key.startswith("@")], segment
                assert segment.style.link is None, segment


def assert_drawn_inert(console: Console) -> None:
    """Nothing on the terminal acts, the screens below the one on top included."""
    assert console.app.failure is None
    assert_inert(console.strips())
    for screen in console.app.screen_stack:
        for widget in screen.walk_children():
            if widget.size:
                assert_inert(widget.render_lines(widget.size.region))


def shown_of_hostile(text: str) -> set[str]:
    """Which kinds of hostile text are to be seen, by a word of each."""
    words = {"red", "owned", "52;c", "[/nope]", "gnp.exe", "nul", "line one", "AAAA"}
    return {word for word in words if word in text}


@pytest.mark.parametrize("view", ASKING, ids=str)
async def test_screens_draw_hostile_text_as_it_is(view: View, open_console: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [rule("hostile-text")])
    seen: set[str] = set()
    async with open_console(view.opens, WIDE) as console:
        await console.enter(view)
        await console.loaded()
        assert_drawn_inert(console)
        seen |= shown_of_hostile(console.text)
        await console.press("g")
        for number in range(len(console.row_keys())):
            for key in ("d", "y", "")[number % 3]:
                await console.press(key)
                assert_inert(console.strips())
                seen |= shown_of_hostile(console.text)
                await console.press("escape")
            await console.press("j")
        await console.pilot.resize_terminal(80, 24)
        await console.settled()
        assert_drawn_inert(console)
    assert seen, "nothing hostile came to the screen"


@pytest.mark.parametrize("view", ACTING)
async def test_dialogs_draw_hostile_text_as_it_is(view: str, open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    fresh_emulator.control("POST", "faults", [rule("hostile-text")])
    seen: set[str] = set()
    async with open_console(view) as console:
        await console.loaded()
        for action in actions_of(view, untouched=True):
            for row in [row for row in console.screen.table.visible_rows if not action.refusal(row)][:4]:
                if not asks(action, row, console.session.money.price_lists()):
                    continue
                await console.at(console.screen.key_of(row))
                await console.ask(action)
                assert isinstance(console.app.screen, Confirm)
                assert_drawn_inert(console)
                await console.press("ctrl+t")
                assert_inert(console.strips())
                seen |= shown_of_hostile(console.text)
                await console.leave()
        assert not console.changes()
        operations = []
        for action, row in targets(console, actions_of(view, untouched=True)).items():
            await console.at(console.screen.key_of(row))
            await console.ask(action)
            if isinstance(console.app.screen, Confirm):
                await agree(console)
            assert_drawn_inert(console)
            operations.append(console.session.operations[-1])
        await ended(console, operations)
        await console.settled()
        assert_drawn_inert(console)
        await console.command("ops")
        assert_drawn_inert(console)
    assert seen, "nothing hostile came to a dialog"


async def test_errors_are_drawn_as_they_are(open_console: Open) -> None:
    """Messages of Azure's errors come to the flash, the title, the placeholder and the last error."""
    async with open_console() as console:
        await console.loaded()
        (part,) = console.screen.feed.parts.values()
        reading = part.reading
        for text in HOSTILE:
            part.reading = reading
            part.trouble = Trouble(Kind.INVALID, f"{text} it failed.", text, text, 400, text, text, f"GET {text}", datetime.now(UTC))
            console.app.report(part.trouble)
            console.screen.feed.publish()
            await console.settled()
            assert len(console.row_keys()) == 18
            assert_drawn_inert(console)
            await console.press("L")
            assert_drawn_inert(console)
            await console.press("escape")
            part.reading = None
            console.screen.feed.publish()
            await console.settled()
            assert not console.row_keys()
            assert_drawn_inert(console)


async def test_hostile_filter_and_command_are_only_text(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("/", *"[/nope][@click=app.quit]x")
        assert_drawn_inert(console)
        assert not console.row_keys()
        await console.press("escape")
        assert console.row_keys()
        await console.command("[/nope] [@click=app.quit]x")
        assert_drawn_inert(console)
        assert "there is no command" in console.hints
