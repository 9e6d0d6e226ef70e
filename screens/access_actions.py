"""What can be done to access: assign a role, assign one like it to another, remove assignments. Declared for the screens that list it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from console.domain import scopes
from console.domain.access.grants import Grant, Pim
from console.domain.access.places import Place, covers
from console.domain.scopes import WorkspaceRef
from console.operations.access import DELETE, can_remove
from console.operations.pim import can_activate
from console.session import Session
from screens.actions import Action
from screens.host import Host

REMOVE: Action[Grant] = Action(
    "remove",
    "ctrl+d",
    "remove",
    DELETE,
    can_remove,
    made=lambda session, rows: session.access.desk.remove(rows),
)
ACTIONS: tuple[Action[Grant], ...] = (REMOVE,)


def place_of(session: Session, grant: Grant | None) -> Place | None:
    """The workspace that a new assignment is about: that of a row, else the first that is open; None where none is."""
    places = session.access.now.places
    if grant is not None:
        reached = session.access.desk.reached(grant.scope)
        if reached:
            return reached[0]
    return places[0] if places else None


def workspace_of(session: Session, grant: Grant) -> WorkspaceRef | None:
    """The workspace whose permissions tell whether a grant may be changed; None where its scope is another's, or above all of them."""
    reached = session.access.desk.reached(grant.scope)
    return reached[0].workspace if reached else None


def refusal(session: Session, action: Action[Grant], grant: Grant) -> str:
    """Why an action is not to be had on a grant ("" when it is): it does not apply, the mode, or a permission that is missing."""
    why = action.refusal(grant) or session.context.reading_only
    place = workspace_of(session, grant)
    if why or place is None or not covers(grant.scope, place.id, frozenset({place.subscription_id})):
        return why
    return session.context.refusal(place, action.needs)


def spreading(session: Session, grant: Grant) -> str:
    """By when (UTC) a change of ours to a grant is in effect, for its row; "" where nothing is to be waited for."""
    now = session.clock.now()
    for operation in reversed(session.operations):
        for run in operation.runs:
            spread = run.step.spread
            if spread is None or run.listed_at is None or not scopes.same_id(run.step.target_id, grant.id):
                continue
            until = run.listed_at + timedelta(seconds=spread.within_s)
            return "" if run.effective_at is not None or now >= until else f"⟳ {until:%H:%M}"
    return ""


def spreads_until(session: Session, scope: str) -> datetime | None:
    """When the last role that was assigned at exactly a scope in this session will be in effect (UTC); None where nothing is awaited."""
    now = session.clock.now()
    ends = [
        run.listed_at + timedelta(seconds=run.step.spread.within_s)
        for operation in session.operations
        for run in operation.runs
        if run.step.spread is not None and run.step.spread.gained and scopes.same_id(run.step.spread.scope, scope)
        if run.listed_at is not None and run.effective_at is None
    ]
    return max((end for end in ends if end > now), default=None)


def assign(host: Host, session: Session, row: Grant | None, *, like: bool = False) -> None:
    """Open the form, empty or with what a row has."""
    from screens.forms.assign import AssignForm

    place = place_of(session, row)
    if place is None:
        host.flash("no workspace is open", "warn")
    elif like and (row is None or row.fault):
        host.flash("there is no assignment to assign another like it", "warn")
    else:
        host.open_screen(AssignForm(session, place, row if like else None))


def activate(host: Host, session: Session, row: Grant | None) -> None:
    """Open the form that activates an eligible role of one's own; says why where the row is none."""
    if row is None or row.pim is not Pim.ELIGIBLE:
        host.flash("only an eligible role can be activated; :pim lists yours", "warn")
        return

    async def look() -> Sequence[str]:
        await session.access.pim.look()
        return ()

    def show(_: Sequence[str]) -> None:
        from screens.forms.activate import ActivateForm

        role = session.access.pim.of(row.id)
        why = can_activate(role) if role is not None else f"{row.label} is eligible, you are not; :pim lists what you may activate"
        if role is None or why:
            host.flash(f"activate: {why}", "warn")
        else:
            host.open_screen(ActivateForm(session, [role], session.context.reading_only))

    host.flash("reading what you may activate …")
    host.later(look(), show)
