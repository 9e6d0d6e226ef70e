"""Ends: the plan that takes away what lets somebody do something, from the panel that says why they can."""

from __future__ import annotations

from console.domain.access.abilities import Ability
from console.domain.access.assignments import is_assignment
from console.domain.access.grants import Grant
from console.domain.access.verbs import Verb
from console.session import Session
from screens.access_actions import ACTIONS, refusal
from screens.access_cells import scope_text
from screens.actions import begin
from screens.dialogs.choose import Choice
from screens.host import Host
from screens.who_pages import causes

REMOVE = ACTIONS[0]


def take_away(host: Host, session: Session, row: Ability, verb: Verb) -> None:
    """Plan the removal of a role assignment by which a principal can do it; of several one is chosen. Says why where there is none."""
    found = causes(row, verb, session)
    by_name = {_name(grant, session): grant for cause in found if (grant := _grant(cause.source, session)) is not None}
    if not by_name:
        plan = found[0].plan if found else f"nothing that was read lets {row.label} {verb.name}"
        host.flash(f"no role assignment leads here: {plan}", "warn")
        return

    def chosen(name: str | None) -> None:
        if name:
            grant = by_name[name]
            begin(REMOVE, [grant], refusal(session, REMOVE, grant), session, host)

    if len(by_name) == 1:
        chosen(next(iter(by_name)))
        return
    choices = [Choice(name, _concerns(grant, row)) for name, grant in by_name.items()]
    host.choose(f"Which of the roles that let {row.label} {verb.name}?", choices, chosen)


def _grant(source: str, session: Session) -> Grant | None:
    return session.access.now.grant(source) if is_assignment(source) else None


def _name(grant: Grant, session: Session) -> str:
    return f"{grant.label}: {grant.role_name} @ {scope_text(grant.scope, session)}"


def _concerns(grant: Grant, row: Ability) -> str:
    if grant.principal_id == row.principal_id:
        return "their own"
    return "the group's, of all who are in it" if grant.members is None else f"the group's, of all its {grant.members} members"
