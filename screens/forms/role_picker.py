"""Roles to choose from: custom ones and those that matter for machine learning first, with what each lets its holder do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from console.domain.access.for_ml import ordered
from console.domain.access.roles import RoleDefinition
from screens.forms.picker import Picker
from screens.fuzzy import score
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class RolePicker(Picker[RoleDefinition]):
    """`lets` says what a role lets its holder do where it is to be assigned."""

    title_text = "Role"
    hint = "a part of its name or description"
    nothing = "no role has such a name"

    def __init__(self, roles: Iterable[RoleDefinition], lets: Callable[[RoleDefinition], str], text: str = "") -> None:
        self._roles, self._lets = [role for role in ordered(roles) if not role.fault], lets
        super().__init__(text)

    def columns(self) -> Sequence[Column[RoleDefinition]]:
        return (
            Column("ROLE", 38, lambda row: row.name, priority=0),
            Column("KIND", 8, lambda row: "custom" if row.custom else "built in", lambda _: "muted", priority=1),
            Column("DESCRIPTION", 30, lambda row: row.description, lambda _: "muted", priority=2, stretch=True),
        )

    def key_of(self, row: RoleDefinition) -> str:
        return row.guid

    def found(self, text: str) -> Sequence[RoleDefinition]:
        words = text.lower().split()
        hits = [role for role in self._roles if all(word in f"{role.name} {role.description} {role.guid}".lower() for word in words)]
        named = [role for role in hits if all(word in role.name.lower() for word in words)]
        rest = [role for role in hits if role not in named]
        return [*named, *rest] or [role for role in self._roles if score(text, (role.name,)) is not None]

    def told(self, row: RoleDefinition) -> Sequence[Fact]:
        return [Fact("lets", self._lets(row) or "nothing of what is looked at here"), Fact("is", row.description or row.guid, "muted")]
