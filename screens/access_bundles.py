"""Bundles on screen: what keys and commands open to give a kit, to copy access, and to offboard somebody."""

from __future__ import annotations

from console.domain.access.grants import Grant
from console.domain.access.principals import Principal, PrincipalKind
from console.session import Session
from screens.access_actions import place_of
from screens.host import Host


def kit(host: Host, session: Session, row: Grant | None, name: str = "") -> None:
    """Open the form that gives a kit, in the workspace of a row, else in the first that is open."""
    from screens.forms.kit import KitForm

    if name and name not in session.access.bundles.kits:
        host.flash(f"there is no kit {name!r}; there are {', '.join(session.access.bundles.kits)}", "warn")
        return
    session.access.now.begin()
    place = place_of(session, row)
    if place is None:
        host.flash("no workspace is open", "warn")
    else:
        host.open_screen(KitForm(session, place, name))


def copy(host: Host, session: Session, principal_id: str, label: str) -> None:
    """Open the form that gives another what somebody holds."""
    from screens.forms.copy_access import CopyForm

    place = place_of(session, None)
    if place is None:
        host.flash("no workspace is open", "warn")
    else:
        host.open_screen(CopyForm(session, place, principal_id, label))


def offboard(host: Host, session: Session, principal_id: str, label: str) -> None:
    """Open the checklist of what is to be taken away from somebody."""
    from screens.offboard import OffboardScreen

    known = session.access.now.directory.get(principal_id)
    host.open_screen(OffboardScreen(session, known or Principal(id=principal_id, kind=PrincipalKind.UNKNOWN, name=label)))
