"""What opens to make a connection, or to change one: the form, empty or with what another has, and the editor."""

from __future__ import annotations

from typing import Any, cast

from textual.screen import Screen

from console.domain.connections import Connection
from console.domain.scopes import WorkspaceRef
from console.operations.connections import can_change
from console.session import Session
from screens.frame import FrugalApp
from screens.host import Host


def new(place: WorkspaceRef, host: Host, session: Session) -> None:
    """What a new connection of a workspace leads to, then its form."""
    from screens.forms import connection_purpose

    connection_purpose.ask(host, session, place)


def clone(row: Connection, host: Host, session: Session) -> None:
    """The form of a new connection with what another has; its secret is not known, but where it came from is."""
    from screens.forms.connection_seed import left_out, purpose_of, seed
    from screens.forms.new_connection import NewConnectionForm

    if (purpose := purpose_of(row)) is None:
        host.flash(f"no form makes a {row.label or '?'} that is entered with {row.auth.label}; e shows it as YAML", "warn")
        return
    host.open_screen(NewConnectionForm(session, row.workspace, purpose, seed(row, purpose), left_out(row, purpose)))


def edit(row: Connection, screen: Screen[Any], host: Host, session: Session) -> None:
    """The connection as the CLI's YAML in the editor."""
    from console.operations.connection_files import Opened
    from screens.yaml_edit import Edited, YamlEdit

    def again(text: str) -> Opened:
        return Opened(connection=row, text=text)

    edited = Edited(row.id, row.name, session.connection_files, again, can_change(row), "connections.edit")
    app = cast(FrugalApp, screen.app)
    app.run_worker(YamlEdit(app, host, session, edited).run(), group="edit", exclusive=True)
