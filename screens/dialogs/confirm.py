"""Confirm: a plan, shown whole, before anything is sent. The focus is on Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from console.operations.plan import Danger, Effect, Plan, Step
from console.text import safe
from screens.widgets.facts import Fact, Facts

#: Targets whose effects are written out; the rest are counted.
MOST_WRITTEN = 6
PROVIDER = "Microsoft.MachineLearningServices/"


class Confirm(ModalScreen[bool]):
    """Answers True when the plan is to run. `refusal` says why it may not ("" when it may): then only Cancel is there."""

    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 40%; }
    Confirm #box { width: 96%; max-width: 100; height: auto; max-height: 100%; border: round $warning; padding: 0 1; background: $surface; }
    Confirm #text { height: auto; max-height: 75vh; scrollbar-size: 0 0; }
    Confirm #transcript { display: none; color: $text-muted; }
    Confirm.-transcript #transcript { display: block; }
    Confirm #buttons { height: 1; margin-top: 1; }
    Confirm Button { margin-right: 2; min-width: 10; }
    Confirm Input, Confirm Input:focus { margin-top: 1; border: none; height: 1; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", id="confirm.cancel"),
        Binding("ctrl+t", "transcript", "az, REST, SDK", id="confirm.transcript"),
        Binding("left", "app.focus_previous", "the button before", show=False, id="confirm.previous"),
        Binding("right", "app.focus_next", "the button after", show=False, id="confirm.next"),
        Binding("down,j", "scroll(1)", "down", show=False, id="confirm.down"),
        Binding("up,k", "scroll(-1)", "up", show=False, id="confirm.up"),
    ]

    def __init__(self, plan: Plan, where: str, refusal: str, *, typed: str = "", notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.notes = tuple(notes)
        self.plan, self.where, self.refusal = plan, where, refusal
        # As it is drawn: what no keyboard types could not be agreed to.
        self.typed = safe(typed or (plan.typed if plan.danger is Danger.TYPED else ""))

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            with VerticalScroll(id="text", can_focus=False):
                yield Facts(self._facts(), id="plan")
                yield Facts(self._transcript(), id="transcript")
            if self.typed and not self.refusal:
                yield Input(placeholder=f"type {self.typed} to go on", id="typed", compact=True)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                if not self.refusal:
                    yield Button(self.plan.verb.capitalize(), id="go", variant="warning", compact=True, disabled=bool(self.typed))

    def on_mount(self) -> None:
        # A blinking cursor sends 3 KB a second over SSH.
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#cancel", Button).focus()

    def on_resize(self, event: events.Resize) -> None:
        """The buttons, and the field above them, stay in sight on a low terminal."""
        below = 4 + 2 * len(self.query(Input))
        self.query_one("#text").styles.max_height = max(1, min(event.size.height * 3 // 4, event.size.height - below))

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#go", Button).disabled = event.value != self.typed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value == self.typed:
            self.dismiss(True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "go" and not self.refusal)

    def action_cancel(self) -> None:
        self.dismiss(False)

    def action_transcript(self) -> None:
        self.toggle_class("-transcript")
        text = self.query_one("#text", VerticalScroll)
        self.call_after_refresh(text.scroll_end if self.has_class("-transcript") else text.scroll_home, animate=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#text", VerticalScroll).scroll_relative(y=lines, animate=False)

    def _facts(self) -> list[Fact]:
        plan = self.plan
        facts = [Fact("", plan.title, "bold"), Fact("where", self.where)]
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
        if self.refusal:
            facts.append(Fact("refused", self.refusal, "bad", "bad"))
        return facts

    def _transcript(self) -> list[Fact]:
        facts: list[Fact] = []
        for step in self.plan.steps[:MOST_WRITTEN]:
            facts += [
                Fact("az", step.az or "no az equivalent"),
                Fact("REST", f"{step.request.method} {step.request.url}"),
                Fact("SDK", step.sdk or "none"),
            ]
        return facts


def common_effects(plan: Plan) -> list[Effect]:
    """The effects that every step has alike: said once."""
    return [effect for effect in plan.steps[0].effects if all(effect in step.effects for step in plan.steps)] if plan.steps else []


def _target(step: Step, plan: Plan) -> str:
    """A target of several, with what is its own."""
    common = common_effects(plan)
    own = "; ".join(effect.sentence for effect in step.effects if effect not in common)
    return f"· {step.target_name}: {own}" if own else f"· {step.target_name}"
