"""Confirm: a plan, shown whole, before anything is sent. The focus is on Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from console.operations.plan import Danger, Effect, Plan, Step
from console.text import safe
from screens.host import Host
from screens.operations import kept
from screens.plan_keys import az_script, transcript
from screens.widgets.facts import Fact, Facts
from screens.widgets.status_line import Part, StatusLine
from screens.widgets.typed_line import TypedLine

#: Targets whose effects are written out; the rest are counted.
MOST_WRITTEN = 6
PROVIDER = "Microsoft.MachineLearningServices/"
#: Cells of the dialog at most, and those of its border and padding.
MOST_WIDTH, FRAME_WIDTH = 100, 4


class Confirm(ModalScreen[Plan | None]):
    """Answers the plan as it is to run, with its hold and reason, or None.

    `refusal` says why it may not run ("" when it may): then only Cancel is there. `typed` is what has to be typed; `needs_reason` says
    why a reason has to be given ("" where it may be left out).
    """

    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 40%; }
    Confirm #box { width: 96%; max-width: 100; height: auto; max-height: 100%; border: round $warning; padding: 0 1; background: $surface; }
    Confirm #text { height: auto; max-height: 75vh; scrollbar-size: 0 0; }
    Confirm #transcript { display: none; color: $text-muted; }
    Confirm.-transcript #transcript { display: block; }
    Confirm #refused { max-height: 40%; }
    Confirm #buttons { height: 1; margin-top: 1; }
    Confirm Button { margin-right: 2; min-width: 10; }
    Confirm Input, Confirm Input:focus { margin-top: 1; border: none; height: 1; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", id="confirm.cancel"),
        Binding("ctrl+t", "transcript", "az, REST, SDK", id="confirm.transcript"),
        Binding("ctrl+y", "copy", "copy the az commands", id="confirm.copy"),
        Binding("ctrl+e", "reason", "give a reason or ticket", id="confirm.reason"),
        Binding("h", "hold", "now, or what it waits for", id="confirm.hold"),
        Binding("left", "app.focus_previous", "the button before", show=False, id="confirm.previous"),
        Binding("right", "app.focus_next", "the button after", show=False, id="confirm.next"),
        Binding("down,j", "scroll(1)", "down", show=False, id="confirm.down"),
        Binding("up,k", "scroll(-1)", "up", show=False, id="confirm.up"),
    ]

    def __init__(self, plan: Plan, where: str, refusal: str, *, typed: str = "", notes: Sequence[str] = (), needs_reason: str = "") -> None:
        super().__init__()
        self.notes = tuple(notes)
        self.plan, self.where, self.refusal = plan, where, refusal or plan.refused
        self.needs_reason = "" if plan.reason else needs_reason
        # As it is drawn: what no keyboard types could not be agreed to.
        self.typed = safe(typed or (plan.typed if plan.danger is Danger.TYPED else ""))
        # Held, not looked up: the app may end, and take them away, before they are drawn for the first time.
        self._text = VerticalScroll(id="text", can_focus=False)
        self._key_line = StatusLine([], self._keys(), id="keys")
        # Beside the buttons, where no long plan scrolls it away.
        self._refused = Facts([Fact("refused", self.refusal, "bad", "bad")], id="refused")

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            with self._text:
                yield Facts(self._facts(), id="plan")
                yield Facts(transcript(self.plan), id="transcript")
            if self.refusal:
                yield self._refused
            if self.needs_reason and not self.refusal:
                yield self._reason_line()
            if self.typed and not self.refusal:
                yield TypedLine(placeholder=f"type {self.typed} to go on", id="typed", compact=True)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                if not self.refusal:
                    yield Button(self.plan.verb.capitalize(), id="go", variant="warning", compact=True, disabled=bool(self._missing()))
                yield self._key_line

    def _reason_line(self) -> Input:
        need = f"required: {self.needs_reason}" if self.needs_reason else kept(self.plan)
        line = TypedLine(placeholder=f"reason or ticket ({need})", id="reason", compact=True)
        line.cursor_blink = False
        return line

    def on_mount(self) -> None:
        # A blinking cursor sends 3 KB a second over SSH.
        for field in self.query(Input):
            field.cursor_blink = False
        self._make_room()
        # What has to be typed is typed at once; a letter must never be taken for a key of the dialog. Enter agrees only to the right text.
        missing = self._missing() if not self.refusal else ""
        # Where the app ends as the dialog opens, there is nothing in it.
        for first in self.query(f"#{missing or 'cancel'}"):
            first.focus()

    def _make_room(self) -> None:
        """The buttons, and the fields above them, stay in sight, also on a low terminal."""
        fields, height = len(self.query(Input)), self.app.size.height
        share = height * (66 if fields > 1 else 75) // 100
        refused = self._lines_of_refusal() if self.refusal else 0
        self._text.styles.max_height = max(1, min(share, height - 4 - 2 * fields - refused))
        self.call_after_refresh(self._tell_keys)

    def _lines_of_refusal(self) -> int:
        size = self.app.size
        width = min(MOST_WIDTH, size.width * 96 // 100) - FRAME_WIDTH
        return min(self._refused.get_content_height(Size(), Size(), width), size.height * 40 // 100)

    def _tell_keys(self) -> None:
        """Whether there is more of the plan than is seen, beside the keys of the dialog; nothing where the app ended meanwhile."""
        if not self._text.is_attached:
            return
        more: list[Part] = [("↓ more  ", "warn")] if self._text.max_scroll_y else []
        self._key_line.show([], [*more, *self._keys()])

    def _keys(self) -> list[Part]:
        keys = (("^t", "az, REST"), *((("^e", "reason"),) if not self.refusal else ()), ("^y", "copy"))
        return [part for key, says in keys for part in ((key, "key"), (f" {says} ", "muted"))]

    def on_resize(self) -> None:
        self._make_room()

    def _given(self, field: str) -> str:
        """What a line holds; "" where the line is not there."""
        return next((line.value for line in self.query(Input) if line.id == field), "")

    def _missing(self) -> str:
        """The line that still has to be filled in ("" when none has to be)."""
        if self.needs_reason and not self._given("reason").strip():
            return "reason"
        return "typed" if self.typed and self._given("typed") != self.typed else ""

    def _agree(self) -> None:
        missing = self._missing()
        if missing or self.refusal:
            return
        reason = safe(self._given("reason")).strip() or self.plan.reason
        self.dismiss(msgspec.structs.replace(self.plan, reason=reason))

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#go", Button).disabled = bool(self._missing())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter agrees in the line that is typed to agree; elsewhere it goes to what is still missing, else to Cancel."""
        missing = self._missing()
        if event.input.id == "typed" and event.value != self.typed:
            return
        if event.input.id == "typed" and not missing:
            self._agree()
        elif missing and missing != event.input.id:
            self.query_one(f"#{missing}", Input).focus()
        elif not missing:
            self.query_one("#cancel", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "go":
            self._agree()
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        cast(Host, self.app).copy(az_script(self.plan))

    def action_reason(self) -> None:
        """Ask for the reason, in a line that is made when it is first wanted."""
        if self.refusal:
            return
        if not self.query("#reason"):
            self.query_one("#box", Vertical).mount(self._reason_line(), before="#typed" if self.query("#typed") else "#buttons")
            self._make_room()
        self.query_one("#reason", Input).focus()

    def action_hold(self) -> None:
        """The next of what the plan may wait for; after the last one: nothing."""
        choices = (None, *self.plan.holds)
        if len(choices) == 1 or self.refusal:
            return
        at = choices.index(self.plan.hold) if self.plan.hold in choices else 0
        self.plan = self.plan.held(choices[(at + 1) % len(choices)])
        shown = self.query_one("#plan", Facts)
        shown.facts = tuple(self._facts())
        shown.refresh(layout=True)

    def action_transcript(self) -> None:
        self.toggle_class("-transcript")
        text = self._text
        self.call_after_refresh(text.scroll_end if self.has_class("-transcript") else text.scroll_home, animate=False)

    def action_scroll(self, lines: int) -> None:
        self._text.scroll_relative(y=lines, animate=False)

    def _facts(self) -> list[Fact]:
        plan = self.plan
        facts = [Fact("", plan.title, "bold"), Fact("where", self.where)]
        facts += self._when()
        facts += [Fact("note", note, "warn", "warn") for note in self.notes]
        facts += [Fact(effect.concern, effect.sentence) for effect in (*plan.totals, *common_effects(plan))]
        if len(plan.steps) > 1:
            facts += [Fact("", _target(step, plan)) for step in plan.steps[:MOST_WRITTEN]]
        if len(plan.steps) > MOST_WRITTEN:
            names = ", ".join(step.target_name for step in plan.steps[MOST_WRITTEN:])
            facts.append(Fact("", f"and {len(plan.steps) - MOST_WRITTEN} more: {names}"))
        facts += [Fact("needs", permission.removeprefix(PROVIDER)) for permission in plan.permissions]
        if plan.provenance:
            facts.append(Fact("not yet seen", plan.provenance))
        if plan.undo_note:
            facts.append(Fact("undo", plan.undo_note))
        if plan.reason:
            facts.append(Fact("reason", f"{plan.reason} ({kept(plan)})"))
        return facts

    def _when(self) -> list[Fact]:
        """Now, or what it waits for, and what else can be chosen."""
        hold, holds = self.plan.hold, self.plan.holds
        if hold is not None:
            return [Fact("when", hold.sentence + (" (h: another time)" if holds else ""), "warn", "warn")]
        return [Fact("when", f"now (h: {', '.join(each.label for each in holds)})")] if holds and not self.refusal else []


def common_effects(plan: Plan) -> list[Effect]:
    """The effects that every step has alike: said once."""
    return [effect for effect in plan.steps[0].effects if all(effect in step.effects for step in plan.steps)] if plan.steps else []


def _target(step: Step, plan: Plan) -> str:
    """A target of several, with what is its own."""
    common = common_effects(plan)
    # What stands in brackets is of the price list, and a line for each is worth more.
    own = "; ".join(effect.sentence.partition(" (")[0] for effect in step.effects if effect not in common)
    return f"· {step.target_name}: {own}" if own else f"· {step.target_name}"
