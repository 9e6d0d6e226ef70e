"""Snooze: asks why a finding is accepted and until when; and whether a snooze is to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from console.domain.findings.finding import Finding
from console.domain.findings.snooze import DEFAULT, parse_until
from console.feeds.findings import Accepted
from screens.reasons import utc
from screens.widgets.facts import Fact, Facts
from screens.widgets.status_line import StatusLine
from screens.widgets.typed_line import TypedLine

#: Findings that are written out; of the rest the subjects are named.
MOST_WRITTEN = 6


class Answer(NamedTuple):
    """Why, and until when (UTC)."""

    reason: str
    until: datetime


_CSS = """
{0} {{ align: center middle; background: $background 40%; }}
{0} #box {{ width: 96%; max-width: 100; height: auto; max-height: 100%; border: round $primary; padding: 0 1; background: $surface; }}
{0} Input, {0} Input:focus {{ border: none; height: 1; padding: 0; background: $boost; margin-bottom: 1; }}
{0} #text {{ height: auto; max-height: 40vh; scrollbar-size: 0 0; }}
{0} #buttons {{ height: 1; }}
{0} Button {{ margin-right: 2; min-width: 10; }}
"""


class SnoozeForm(ModalScreen[Answer | None]):
    """Answers with reason and end, None when it was left. What is typed wrongly stays, and a line says what is wrong with it."""

    DEFAULT_CSS = _CSS.format("SnoozeForm")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", id="snooze.cancel")]

    def __init__(self, findings: Sequence[Finding], now: Callable[[], datetime], notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.findings, self._now, self.notes = tuple(findings), now, tuple(notes)
        self.wrong = StatusLine(id="wrong")

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            with VerticalScroll(id="text", can_focus=False):
                yield Facts([*_told("Snooze", self.findings), *(Fact("note", note, "warn", "warn") for note in self.notes), Fact("", "")])
            yield StatusLine([("why it is accepted", "muted")])
            yield TypedLine(placeholder="a reason, or a ticket", id="reason", compact=True)
            yield StatusLine([("until (12h, 7d, 2w, or a day in UTC like 2026-12-24)", "muted")])
            yield TypedLine(value=DEFAULT, id="until", compact=True)
            yield self.wrong
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Snooze", id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
            field.select_on_focus = False
        self.query_one("#reason", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, from the last one it answers."""
        if event.input.id == "reason" and event.value.strip():
            self.query_one("#until", Input).focus()
        else:
            self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "go":
            self._answer()
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _answer(self) -> None:
        reason, until = self.query_one("#reason", Input), self.query_one("#until", Input)
        if not reason.value.strip():
            self._say(reason, "a reason is needed: whoever looks next wants to know why it is accepted")
            return
        try:
            self.dismiss(Answer(reason.value.strip(), parse_until(until.value, self._now())))
        except ValueError as error:
            self._say(until, str(error))

    def _say(self, field: Input, sentence: str) -> None:
        self.wrong.show([(sentence, "bad")])
        field.focus()


class EndSnooze(ModalScreen[bool]):
    """Answers True when the snooze is to end now."""

    DEFAULT_CSS = _CSS.format("EndSnooze")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", id="snooze.keep"),
        Binding("left", "app.focus_previous", "the button before", show=False, id="snooze.previous"),
        Binding("right", "app.focus_next", "the button after", show=False, id="snooze.next"),
    ]

    def __init__(self, accepted: Sequence[Accepted]) -> None:
        super().__init__()
        self.accepted = tuple(accepted)

    def compose(self) -> ComposeResult:
        facts = _told("End the snooze of", [each.finding for each in self.accepted])
        if len(self.accepted) == 1:
            snooze = self.accepted[0].snooze
            facts += [
                Fact("accepted by", f"{snooze.who or '?'} on {utc(snooze.since)}"),
                Fact("until", utc(snooze.until)),
                Fact("because", snooze.reason),
            ]
        with Vertical(id="box"):
            with VerticalScroll(id="text", can_focus=False):
                yield Facts([*facts, Fact("", "")])
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("End it", id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one("#cancel", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "go")

    def action_cancel(self) -> None:
        self.dismiss(False)


def _told(what: str, findings: Sequence[Finding]) -> list[Fact]:
    """What the dialog is about: of one finding its claim, of several each in a line."""
    if len(findings) == 1:
        return [Fact("", f"{what}: {findings[0].what}", "bold"), Fact("", findings[0].claim)]
    facts = [Fact("", f"{what}: {len(findings)} findings", "bold")]
    facts += [Fact("", f"· {each.subject_name}: {each.what}") for each in findings[:MOST_WRITTEN]]
    if left := [each.subject_name for each in findings[MOST_WRITTEN:]]:
        facts.append(Fact("", f"and {len(left)} more: {', '.join(left)}"))
    return facts
