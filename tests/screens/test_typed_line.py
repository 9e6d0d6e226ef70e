"""Lines to type in: what is longer than its place scrolls with the cursor, and a keystroke lays nothing out anew."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.screen import Screen

from screens.widgets.typed_line import TypedLine


class OneLine(App[None]):
    def compose(self) -> ComposeResult:
        line = TypedLine(compact=True)
        line.styles.width = 12
        yield line


def shown(line: TypedLine) -> str:
    return line.render_line(0).text


async def test_the_end_of_a_long_text_is_in_sight_and_so_is_its_start() -> None:
    async with OneLine().run_test() as pilot:
        line = pilot.app.query_one(TypedLine)
        await pilot.press(*"abcdefghijklmnopqrstuvwxyz")
        await pilot.pause()
        assert "xyz" in shown(line) and "abc" not in shown(line)
        await pilot.press("home")
        await pilot.pause()
        assert "abc" in shown(line)


async def test_a_keystroke_lays_nothing_out_anew() -> None:
    async with OneLine().run_test() as pilot:
        await pilot.press("a")
        await pilot.pause()
        laid_out = 0
        refresh_layout = Screen._refresh_layout

        def counted(self: Screen[None], *arguments: object, **named: object) -> None:
            nonlocal laid_out
            laid_out += 1
            refresh_layout(self, *arguments, **named)  # type: ignore[arg-type]

        Screen._refresh_layout = counted  # type: ignore[method-assign]
        try:
            await pilot.press(*"bcdefghijklmnop")
            await pilot.pause()
        finally:
            Screen._refresh_layout = refresh_layout  # type: ignore[method-assign]
        assert pilot.app.query_one(TypedLine).value == "abcdefghijklmnop" and laid_out == 0
