"""What opens to make a datastore, or to change one: the form, empty or with what another has, and the editor."""

from __future__ import annotations

from typing import Any, cast

from textual.screen import Screen

from console.domain.datastores import Datastore
from console.domain.scopes import WorkspaceRef
from console.operations.datastores import can_change
from console.session import Session
from screens.frame import FrugalApp
from screens.host import Host


def new(place: WorkspaceRef, host: Host, session: Session) -> None:
    """The form of a new datastore in a workspace."""
    from screens.forms.new_datastore import NewDatastoreForm

    host.open_screen(NewDatastoreForm(session, place))


def clone(row: Datastore, host: Host, session: Session) -> None:
    """The form of a new datastore with what another has; its secret is not known."""
    from screens.forms.datastore_fields import seed
    from screens.forms.new_datastore import NewDatastoreForm

    if (values := seed(row)) is None:
        host.flash(
            "only datastores of blobs, files, gen2 and OneLake, and none opened by a certificate, can be made anew from here", "warn"
        )
        return
    host.open_screen(NewDatastoreForm(session, row.workspace, values))


def edit(row: Datastore, screen: Screen[Any], host: Host, session: Session) -> None:
    """The datastore as the CLI's YAML in the editor."""
    from console.operations.datastore_files import Opened
    from screens.yaml_edit import Edited, YamlEdit

    def again(text: str) -> Opened:
        return Opened(datastore=row, text=text)

    edited = Edited(row.id, row.name, session.datastore_files, again, can_change(row), "datastores.edit")
    app = cast(FrugalApp, screen.app)
    app.run_worker(YamlEdit(app, host, session, edited).run(), group="edit", exclusive=True)
