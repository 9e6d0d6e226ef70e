"""Purpose: what a new connection leads to comes first; what it is told, and what it may be entered with, follow from that."""

from __future__ import annotations

from console.domain.connection_purposes import PURPOSES
from console.domain.scopes import WorkspaceRef
from console.session import Session
from screens.dialogs.choose import Choice
from screens.forms.new_connection import NewConnectionForm
from screens.host import Host


def ask(host: Host, session: Session, place: WorkspaceRef) -> None:
    """Ask what a new connection leads to, and open the form for that."""

    def chosen(name: str | None) -> None:
        purpose = next((each for each in PURPOSES if each.name == name), None)
        if purpose is not None:
            host.open_screen(NewConnectionForm(session, place, purpose))

    host.choose(f"a new connection in {place.name}: to what?", [Choice(each.name, each.note) for each in PURPOSES], chosen)
