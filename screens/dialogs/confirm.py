"""Confirm: a plan, shown whole, before anything is sent. The focus is on Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from console.operations.plan import Danger, Plan
from console.text import safe
from screens.widgets.status_line import LOOKS, Part

#: Targets whose effects are written out; the rest are counted.
MOST_WRITTEN = 6


class Confirm(ModalScreen[bool]):
    """Answers True when the plan is to run. `refusal` says why it may not ("" when it may): then only Cancel is there."""

    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 40%; }
    Confirm #box { width: 96%; max-width: 100; height: auto; max-height: 96%; border: round $warning; padding: 0 1; background: $surface; }
    Confirm #plan { height: auto; max-height: 1fr; scrollbar-size: 0 0; }
    Confirm #transcript { display: none; color: $text-muted; }
    Confirm.-transcript #transcript { display: block; }
    Confirm #buttons { height: 1; margin-top: 1; }
    Confirm Button { margin-right: 2; min-width: 10; }
    Confirm Input { margin-top: 1; border: none; height: 1; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel"),
        Binding("ctrl+t", "transcript", "az, REST, SDK"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, plan: Plan, where: str, refusal: str, *, typed: str = "") -> None:
        super().__init__()
        self.plan, self.where, self.refusal = plan, where, refusal
        self.typed = typed or (plan.typed if plan.danger is Danger.TYPED else "")

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Static(content(self._parts()), id="plan")
            yield Static(content(self._transcript()), id="transcript")
            if self.typed and not self.refusal:
                yield Input(placeholder=f"type {safe(self.typed)} to go on", id="typed")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                if not self.refusal:
                    yield Button(self.plan.verb.capitalize(), id="go", variant="warning", compact=True, disabled=bool(self.typed))

    def on_mount(self) -> None:
        # A blinking cursor sends 3 KB a second over SSH.
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#cancel", Button).focus()

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

    def _parts(self) -> list[Part]:
        plan = self.plan
        parts: list[Part] = [(f"{plan.title}\n", "bold"), ("where         ", "muted"), (f"{self.where}\n", "")]
        for step in plan.steps[:MOST_WRITTEN]:
            if len(plan.steps) > 1:
                parts.append((f"{step.target_name}\n", "bold"))
            parts += [part for effect in step.effects for part in ((f"{effect.concern:<14}", "muted"), (f"{effect.sentence}\n", ""))]
        if len(plan.steps) > MOST_WRITTEN:
            parts.append((f"… and {len(plan.steps) - MOST_WRITTEN} more\n", "muted"))
        parts += [part for permission in plan.permissions for part in (("needs         ", "muted"), (f"{permission}\n", ""))]
        if plan.provenance:
            parts += [("not yet seen  ", "muted"), (f"{plan.provenance}\n", "")]
        if plan.undo_note:
            parts += [("undo          ", "muted"), (f"{plan.undo_note}\n", "")]
        if self.refusal:
            parts += [("refused       ", "bad"), (f"{self.refusal}\n", "bad")]
        return parts

    def _transcript(self) -> list[Part]:
        parts: list[Part] = []
        for step in self.plan.steps[:MOST_WRITTEN]:
            parts += [("\naz   ", "key"), (step.az or "no az equivalent", "")]
            parts += [("\nREST ", "key"), (f"{step.request.method} {step.request.url}", "")]
            parts += [("\nSDK  ", "key"), (step.sdk or "none", "")]
        return parts


def content(parts: Sequence[Part]) -> Content:
    """Parts as one text; line breaks are the program's own, everything else is made safe."""
    return Content.assemble(*(("\n".join(safe(line, 4_000) for line in text.split("\n")), LOOKS[look]) for text, look in parts))
