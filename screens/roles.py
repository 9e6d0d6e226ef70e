"""Roles: every role that can be assigned here, what it grants, who has it; custom ones are made, changed and deleted."""

from __future__ import annotations

from typing import ClassVar, cast

import msgspec
from textual.binding import Binding, BindingType

from console.domain.access.role_templates import TEMPLATES
from console.domain.access.role_text import RoleDraft, draft_of
from console.domain.access.role_verbs import verbs_of
from console.domain.access.roles import RoleDefinition, RoleInUse
from console.domain.findable import Searched
from console.feeds.source import Source
from console.operations.roles import DELETE, can_delete, can_edit
from console.session import Session
from screens import access_cells as cells
from screens.actions import Action, begin
from screens.dialogs.choose import Choice
from screens.frame import FrugalApp
from screens.resource_screen import ResourceScreen
from screens.role_edit import RoleEdit
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

DELETION: Action[RoleInUse] = Action(
    "delete",
    "ctrl+d",
    "delete",
    DELETE,
    lambda row: can_delete(row.role, row.assigned),
    made=lambda session, rows: session.access.role_desk.delete(rows),
)

#: Keys beside those of every list, for the last line.
HINTS = (("roles.new", "n", "new"), ("roles.edit", "e", "edit"), ("roles.delete", "^d", "delete"), ("roles.all", "F", "all"))


class RolesScreen(ResourceScreen[RoleInUse]):
    """Enter reads a role, F shows every one, `n` begins one from a template, `N` from the row, `e` edits a custom one as az's JSON."""

    kind = "roles"
    aliases = ("role",)
    default_sort = ("HELD", True)
    columns = (
        Column(
            "NAME", 30, lambda row: row.role.fault or row.role.name, lambda row: "bad" if row.role.fault else "", priority=0, stretch=True
        ),
        Column("KIND", 8, lambda row: "custom" if row.role.custom else "built in", priority=0),
        Column("HELD", 5, lambda row: str(row.assigned), sort=lambda row: row.assigned, priority=0, align="right"),
        Column("PIM", 4, lambda row: str(row.eligible or ""), sort=lambda row: row.eligible, priority=2, align="right"),
        Column("GRANTS", 6, lambda row: str(row.operations), sort=lambda row: row.operations, priority=1, align="right"),
        Column("PEOPLE CAN", 16, lambda row: ", ".join(verb.name for verb in verbs_of(row.role)), priority=1, most=80),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "begin", "a new role, from a template", show=False, id="roles.new"),
        Binding("N", "begin_like", "a new role like this one", show=False, id="roles.like"),
        Binding("e", "edit", "edit as JSON", show=False, id="roles.edit"),
        Binding("F", "all", "every role, or only those that are held or custom", show=False, id="roles.all"),
        Binding("ctrl+d", "delete", "delete a custom role that nobody has", show=False, id="roles.delete"),
    ]

    def __init__(self, session: Session) -> None:
        self._every = False
        self._source = session.access.role_desk.rows(lambda: self._every)
        super().__init__(session)

    @property
    def feed(self) -> Source[RoleInUse]:
        return self._source

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_mount(self) -> None:
        self.session.access.now.begin()

    def on_unmount(self) -> None:
        self._source.close()

    def key_of(self, row: RoleInUse) -> str:
        return row.role.id

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def describe(self, row: RoleInUse) -> list[Fact]:
        held = [each for each in self.session.access.now.grants.items if each.role == row.role.guid]
        facts = cells.role_facts(row.role, row.role.guid)
        facts += [Fact("", ""), Fact("held by", f"{row.assigned} role assignments, as far as they were read")]
        return facts + [Fact(" ", f"{each.label} on {cells.scope_text(each.scope, self.session)}") for each in held]

    def refusal(self, action: Action[RoleInUse], row: RoleInUse) -> str:
        return action.refusal(row) or self._refused(row.role, action.needs)

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.role.name)

    def action_begin(self) -> None:
        """Choose a template, and edit what it makes."""

        def edit(name: str | None) -> None:
            template = next((each for each in TEMPLATES if each.name == name), None)
            if template is not None:
                self._edit(RoleEdit(self._frugal, self.host, self.session, self.session.access.role_desk.begun(template)))

        self.host.choose("a new role, begun from", [Choice(each.name, each.says) for each in TEMPLATES], edit)

    def action_begin_like(self) -> None:
        """Edit a new role that grants what this one does."""
        row = self.table.cursor_row
        if row is None:
            return
        try:
            draft: RoleDraft = draft_of(row.role)
        except ValueError as error:
            self.host.flash(f"{row.role.name}: {error}", "warn")
            return
        where = self.session.context.where
        scopes = draft.assignable_scopes if row.role.custom else (f"/subscriptions/{where[0].subscription_id}",) if where else ()
        draft = msgspec.structs.replace(draft, name=f"{draft.name} (copy)", assignable_scopes=scopes)
        self._edit(RoleEdit(self._frugal, self.host, self.session, draft))

    def action_edit(self) -> None:
        """Edit the role under the cursor."""
        row = self.table.cursor_row
        if row is None:
            return
        try:
            why = can_edit(row.role)
            editing = None if why else RoleEdit.of(self._frugal, self.host, self.session, row.role)
        except ValueError as error:
            why, editing = str(error), None
        if editing is None:
            self.host.flash(f"{row.role.name}: {why}", "warn")
        else:
            self._edit(editing)

    def action_delete(self) -> None:
        """The plan that deletes the role under the cursor, or why there is none."""
        row = self.table.cursor_row
        if row is None:
            return
        if why := DELETION.refusal(row):
            self.host.flash(f"delete: {why}", "warn")
        else:
            begin(DELETION, [row], self.refusal(DELETION, row), self.session, self.host)

    def action_all(self) -> None:
        """Every role, or only those that somebody has or that are custom: there are hundreds."""
        self._every = not self._every
        self._source.touch()
        self._changed()

    def told_of_rows(self) -> list[Part]:
        return [("" if self._every else " held or custom", "muted"), *super().told_of_rows()]

    def own_hints(self) -> list[Part]:
        parts: list[Part] = []
        for name, key, label in (
            ("roles.new", "n", "new"),
            ("roles.edit", "e", "edit"),
            ("roles.delete", "^d", "delete"),
            ("roles.all", "F", "all"),
        ):
            parts += [(self._hint_key(name, key), "key"), (f" {label}  ", "")]
        return parts

    def _edit(self, editing: RoleEdit) -> None:
        self.app.run_worker(editing.run(), name="edit role", group="edit", exclusive=True)

    @property
    def _frugal(self) -> FrugalApp:
        return cast(FrugalApp, self.app)

    def _refused(self, role: RoleDefinition, operation: str) -> str:
        """Why one may not do it at any of the role's scopes, as far as that is known."""
        return next((why for scope in role.assignable_scopes if (why := self.session.context.refusal_at(scope, operation))), "")
