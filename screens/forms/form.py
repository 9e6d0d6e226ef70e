"""A form: fields that are judged as they are typed, what they come to, and the plan they make."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from console.domain.trouble import TroubleError
from console.operations.plan import Plan
from console.session import Session
from screens.forms.fields import Field, FormError, Values
from screens.host import Host
from screens.tight_compositor import TightCompositor
from screens.widgets.choice_field import ChoiceField
from screens.widgets.facts import Fact, Facts
from screens.widgets.status_line import Part, StatusLine
from screens.widgets.typed_line import TypedLine

LEAVES: tuple[Part, ...] = (("esc ", "key"), ("back", "muted"))
LASTING = "fixed once made"
#: Cells of a field; wider choices take the room of the note.
FIELD_WIDTH = 26
#: Lines of border, heading, gap and buttons; of fields, and of what is said of them, that are in sight at least.
FRAME, LEAST_ROWS, LEAST_SAID = 5, 3, 6


class Judgement(NamedTuple):
    """What is to be said of the values: of a field what is wrong and what it comes to, and of all together."""

    faults: Mapping[str, str] = {}
    notes: Mapping[str, str] = {}
    facts: Sequence[Fact] = ()


class Form(ModalScreen[None]):
    """Subclasses give `heading`, `fields` and `plan`, and judge the values; a plan that is agreed to closes the form.

    The form stays under the plan's dialog: whoever cancels there finds everything as it was typed. So does whoever leaves the form and
    opens it again on the same target (`draft_key`) in this session.
    """

    DEFAULT_CSS = """
    Form { align: center middle; background: $background 40%; }
    Form #box { width: 100%; max-width: 120; height: auto; max-height: 100%; border: round $primary; padding: 0 1; background: $surface; }
    Form .row { height: 1; }
    Form .label { width: 18; max-width: 30%; height: 1; }
    Form Input, Form Input:focus { border: none; height: 1; width: 26; max-width: 60%; padding: 0; background: $boost; }
    Form ChoiceField { width: 26; }
    Form .wide Input, Form .wide ChoiceField { width: 1fr; max-width: 100%; }
    Form .note { width: 1fr; margin-left: 1; }
    Form .long Input, Form .long Input:focus { width: 42; }
    Form #rows { height: auto; scrollbar-size: 0 0; }
    Form #said { height: auto; margin-top: 1; scrollbar-size: 0 0; }
    Form #buttons { height: 1; }
    Form Button { margin-right: 2; min-width: 10; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back; what was typed is kept", id="form.leave"),
        Binding("down", "app.focus_next", "the next field", show=False, id="form.next"),
        Binding("up", "app.focus_previous", "the field before", show=False, id="form.previous"),
        Binding("pagedown", "scroll_said(4)", "what is said below, further", show=False, id="form.said-down"),
        Binding("pageup", "scroll_said(-4)", "what is said below, back", show=False, id="form.said-up"),
        Binding("ctrl+o", "pick", "choose from what there is", show=False, id="form.pick"),
    ]
    kind: ClassVar[str] = "form"

    def __init__(
        self, session: Session, draft_key: str, refusal: str = "", notes: Sequence[str] = (), done: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self._compositor = TightCompositor()
        self._done = done
        self.session, self.draft_key, self.refusal, self.remarks = session, f"{self.kind} {draft_key}", refusal, tuple(notes)
        self._fields: tuple[Field, ...] = ()
        # Held, not looked up: every keystroke goes through all of them.
        self._controls: dict[str, Input | ChoiceField] = {}
        self._notes: dict[str, StatusLine] = {}
        self._heading, self._facts, self._key_line = StatusLine(id="heading"), Facts([], id="facts"), StatusLine(id="keys")
        self.making = False
        #: What was found while the plan was made, for its dialog.
        self.found: tuple[str, ...] = ()
        #: Why no plan was made of what stands in the fields, until that changes.
        self._refused = ""
        #: Texts that fields begin with, in place of their own; what was typed before comes first.
        self.suggested: Mapping[str, str] = {}

    # What a subclass gives

    @abstractmethod
    def heading(self) -> str:
        """What is done to what, as a title."""
        raise NotImplementedError

    @abstractmethod
    def fields(self) -> Sequence[Field]:
        """The fields from top to bottom."""
        raise NotImplementedError

    def judge(self, values: Values) -> Judgement:
        """What is said of the values beside each field's own check. Called at every keystroke: it must be fast."""
        return Judgement()

    @abstractmethod
    async def plan(self, values: Values) -> Plan:
        """The plan that the values make. Raises FormError and TroubleError."""
        raise NotImplementedError

    def pick(self, field: Field) -> None:
        """Offer what can stand in a field that has `picks`."""

    # The rest is the same for all

    @property
    def host(self) -> Host:
        return cast(Host, self.app)

    @property
    def values(self) -> Values:
        """What stands in the fields now."""
        return {name: control.value for name, control in self._controls.items()}

    def compose(self) -> ComposeResult:
        self._fields = tuple(self.fields())
        draft = self.host.drafts.get(self.draft_key, {})
        with Vertical(id="box"):
            yield self._heading
            with VerticalScroll(id="rows", can_focus=False):
                for field in self._fields:
                    yield from self._row(field, draft.get(field.name, self.suggested.get(field.name, field.value)))
            with VerticalScroll(id="said", can_focus=False):
                yield self._facts
            with Horizontal(id="buttons"):
                review = Button("Review", id="go", variant="primary", compact=True)
                review.active_effect_duration = 0  # it would be sent twice more, under the plan's dialog
                yield review
                yield Button("Cancel", id="cancel", compact=True)
                yield self._key_line

    def _row(self, field: Field, value: str) -> ComposeResult:
        wide = len("".join(field.options)) + 2 * len(field.options) > FIELD_WIDTH
        control: Input | ChoiceField
        if field.options:
            control = ChoiceField(field.options, value, id=field.name)
        else:
            control = TypedLine(value, id=field.name, compact=True, password=field.secret)
            control.cursor_blink = False
        self._controls[field.name] = control
        with Horizontal(classes="row wide" if wide else "row long" if field.long else "row"):
            yield StatusLine([(field.label, "muted")]).add_class("label")
            yield control
            if not wide:
                self._notes[field.name] = StatusLine()
                yield self._notes[field.name].add_class("note")

    def on_mount(self) -> None:
        self._make_room()
        if self._fields:
            self._control(self._fields[0].name).focus()
        self._judge()

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """The buttons stay in sight, also on a low terminal: fields and what is said of them share what is left."""
        room = self.app.size.height - FRAME
        tight = room <= LEAST_ROWS
        rows = max(1, room + 1) if tight else min(len(self._fields), max(LEAST_ROWS, room - LEAST_SAID))
        self.query_one("#rows").styles.max_height = rows
        self.query_one("#said").display = not tight
        self.query_one("#said").styles.max_height = max(1, room - rows)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._refused = ""
        self._judge()

    def on_choice_field_changed(self, event: ChoiceField.Changed) -> None:
        self._refused = ""
        self._judge()

    def on_descendant_focus(self) -> None:
        self._judge()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._go_on(event.input.id)

    def on_choice_field_submitted(self, event: ChoiceField.Submitted) -> None:
        self._go_on(event.field.id)

    def _go_on(self, name: str | None) -> None:
        """Enter goes on to the next field, from the last one to the plan."""
        if name == self._fields[-1].name:
            self.review()
        else:
            self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "go":
            self.review()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        self._keep_draft()
        self.dismiss(None)

    def action_scroll_said(self, lines: int) -> None:
        self.query_one("#said", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_pick(self) -> None:
        field = self._focused_field()
        if field is not None and field.picks:
            self.pick(field)

    def fill(self, name: str, value: str) -> None:
        """Put a text into a field, as if it had been typed."""
        self._control(name).value = value

    def refresh_judgement(self) -> None:
        """Judge again: something that the judgement rests on came in."""
        if self.is_attached:
            self._judge()

    def review(self) -> None:
        """Make the plan of what was typed and show it; where something is wrong, go there."""
        if self.making:
            return
        values = self.values
        wrong = self._faults(values, self.judge(values))
        if wrong:
            name = next(field.name for field in self._fields if field.name in wrong)
            self._control(name).focus()
            self._judge()
            return
        self.run_worker(self._make(), exclusive=True)

    async def _make(self) -> None:
        self.making, self._refused = True, ""
        self._key_line.show([("making the plan …", "busy")])
        try:
            plan = await self.plan(self.values)
        except FormError as error:
            if error.field:
                self._control(error.field).focus()
            self._tell(error.sentence)
        except TroubleError as error:
            self._tell(error.trouble.sentence)
        else:
            self._keys()
            self.host.propose(plan, self.refusal, notes=(*self.remarks, *self.found), agreed=self._agreed, failed=self._kept())
        finally:
            self.making = False

    def _agreed(self) -> None:
        self.host.drafts.pop(self.draft_key, None)
        if self._done is not None:
            self._done()
        self.dismiss(None)

    def _kept(self) -> Callable[[], None]:
        """What brings back what stands in the fields now, for the case that Azure does not take it."""
        drafts, key, typed = self.host.drafts, self.draft_key, self._typed()

        def bring_back() -> None:
            if typed:
                drafts.setdefault(key, typed)

        return bring_back

    def _keep_draft(self) -> None:
        typed = self._typed()
        if typed:
            self.host.drafts[self.draft_key] = typed
        else:
            self.host.drafts.pop(self.draft_key, None)

    def _typed(self) -> dict[str, str]:
        """What was typed, but for secrets."""
        values = self.values
        return {field.name: values[field.name] for field in self._fields if values[field.name] != field.value and not field.secret}

    def _control(self, name: str) -> Input | ChoiceField:
        return self._controls[name]

    def _focused_field(self) -> Field | None:
        name = self.focused.id if self.focused is not None else None
        return next((field for field in self._fields if field.name == name), None)

    def _faults(self, values: Values, judged: Judgement) -> dict[str, str]:
        """What is wrong, by field: what its own check says, else what the judgement does."""
        own = {field.name: fault for field in self._fields if (fault := field.check(values[field.name]))}
        return {**{name: fault for name, fault in judged.faults.items() if fault}, **own}

    def _judge(self) -> None:
        values = self.values
        self._heading.show([(self.heading(), "bold")], LEAVES)
        judged = self.judge(values)
        faults = self._faults(values, judged)
        for field in self._fields:
            if field.name in self._notes:
                said = self._note(field, values[field.name], faults.get(field.name, ""), judged.notes.get(field.name, ""))
                self._notes[field.name].show(said)
        self._say(self._focused_field(), faults, judged)
        self._keys()

    def _note(self, field: Field, value: str, fault: str, note: str) -> list[Part]:
        if fault and not value:
            return [("needed", "warn")]  # nothing was typed wrongly yet
        if fault:
            return [(f"! {fault}", "bad")]
        if note:
            return [(note, "")]
        return [(LASTING, "muted")] if field.lasting else []

    def _say(self, field: Field | None, faults: Mapping[str, str], judged: Judgement) -> None:
        """Below the fields: what the one in hand is for, and what all come to."""
        facts: list[Fact] = []
        if self.refusal:
            facts.append(Fact("refused", self.refusal, "bad", "bad"))
        facts += [Fact("note", remark, "warn", "warn") for remark in self.remarks]
        if field is not None:
            says = field.help if not field.lasting or not field.help else f"{field.help} It is {LASTING}."
            if fault := faults.get(field.name):
                facts.append(Fact(field.label, fault, "bad", "bad"))
            elif says:
                facts.append(Fact(field.label, says, "muted"))
        if self._refused:
            facts.insert(0, Fact("", self._refused, "bad"))
        self._facts.show([*facts, *judged.facts])

    def _tell(self, sentence: str) -> None:
        self._refused = sentence
        self._judge()

    def _keys(self) -> None:
        field = self._focused_field()
        parts: list[Part] = [("tab", "key"), (" next ", "muted"), ("enter", "key"), (" on ", "muted")]
        if field is not None and field.options:
            parts = [("← →", "key"), (" choose ", "muted"), *parts]
        if field is not None and field.picks:
            parts = [("^o", "key"), (f" {field.picks} ", "muted"), *parts]
        self._key_line.show(parts)
