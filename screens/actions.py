"""What can be done with a row, declared once: actions, from which keys, help, gating and plans follow, and drill-downs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec
from textual.screen import Screen

from console.domain.cost import PriceList
from console.domain.trouble import Trouble, TroubleError
from console.operations.plan import Plan
from console.session import Session
from screens.host import Host

if TYPE_CHECKING:
    from screens.forms.form import Form

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


def later(module: str, name: str) -> FormOf[Any]:
    """A form by where it is: it is imported when it is opened, for the first screen does not need it."""

    def make(session: Session, rows: Sequence[Any], refusal: str, notes: Sequence[str], done: Callable[[], None] | None) -> Form:
        form: FormOf[Any] = getattr(import_module(module), name)
        return form(session, rows, refusal, notes, done)

    return make


class FormOf(Protocol[T_contra]):
    """Makes the form of an action on rows; `refusal` and `notes` are what the plan's dialog is to say, `done` hears of the agreement."""

    def __call__(
        self, session: Session, rows: Sequence[T_contra], refusal: str, notes: Sequence[str], done: Callable[[], None] | None
    ) -> Form: ...


class Asked(msgspec.Struct, Generic[T], frozen=True):
    """What has to be read before a plan is shown: `notes(session, rows)` gives sentences for its dialog, soon.

    `needed` tells whether there is anything to read; where not, the plan is shown at once.
    """

    needed: Callable[[Session, Sequence[T]], bool]
    notes: Callable[[Session, Sequence[T]], Awaitable[Sequence[str]]]


class Action(msgspec.Struct, Generic[T], frozen=True):
    """A key that changes Azure: `needs` is ARM's operation name, `refusal(row)` says why it does not apply ("" when it does).

    It makes a `plan` of its rows, or opens the `form` that asks what else the plan needs; `made` makes a plan that has to be waited for.
    `ask` is what is read before.
    `hinted` False: its key is not on the last line, `a` lists it.
    """

    name: str
    key: str
    label: str
    needs: str
    refusal: Callable[[T], str]
    plan: Callable[[Sequence[T], Mapping[str, PriceList]], Plan] | None = None
    form: FormOf[T] | None = None
    made: Callable[[Session, Sequence[T]], Awaitable[Plan]] | None = None
    ask: Asked[T] | None = None
    hinted: bool = True


class Drill(msgspec.Struct, Generic[T], frozen=True):
    """What opens for a row it `applies` to: a screen of what the row consists of, or of what is known of it elsewhere.

    Enter opens the first that applies and `enters`; rows without one are described. `key` is its own ("": it has none).
    `reads` False: the screen reads nothing of its own, its rows are known as soon as those above it are.
    """

    name: str
    applies: Callable[[T], bool]
    screen: Callable[[Session, T], Screen[None]]
    key: str = ""
    enters: bool = True
    reads: bool = True


def begin(
    action: Action[T],
    rows: Sequence[T],
    refusal: str,
    session: Session,
    host: Host,
    *,
    notes: Sequence[str] = (),
    agreed: Callable[[], None] | None = None,
    suggested: Mapping[str, str] | None = None,
) -> None:
    """Show the plan of an action on rows, or first the form that it needs; before either what the action asks for is read.

    `suggested` are texts that the form's fields begin with, by field.
    """
    if action.ask is not None and not refusal and action.ask.needed(session, rows):
        host.flash(f"looking what {action.label} would end")
        host.later(
            action.ask.notes(session, rows), lambda told: _show(action, rows, refusal, session, host, (*notes, *told), agreed, suggested)
        )
    else:
        _show(action, rows, refusal, session, host, notes, agreed, suggested)


def _show(
    action: Action[T],
    rows: Sequence[T],
    refusal: str,
    session: Session,
    host: Host,
    notes: Sequence[str],
    agreed: Callable[[], None] | None,
    suggested: Mapping[str, str] | None,
) -> None:
    if action.form is not None:
        form = action.form(session, rows, refusal, notes, agreed)
        form.suggested = suggested or {}
        host.open_screen(form)
    elif action.plan is not None:
        host.propose(action.plan(rows, session.money.price_lists()), refusal, notes=notes, agreed=agreed)
    elif action.made is not None:
        _make(action.made(session, rows), refusal, host, notes, agreed)


def _make(making: Awaitable[Plan], refusal: str, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None) -> None:
    """Show a plan once it is made; why it cannot be made is told."""
    made: list[Plan] = []
    failed: list[Trouble] = []

    async def wait() -> Sequence[str]:
        try:
            made.append(await making)
        except TroubleError as error:
            failed.append(error.trouble)
        return ()

    def show(_: Sequence[str]) -> None:
        for plan in made:
            host.propose(plan, refusal, notes=notes, agreed=agreed)
        for trouble in failed:
            host.report(trouble)

    host.flash("making the plan …")
    host.later(wait(), show)
