"""Workspaces: all that one may see, over every subscription; to choose the ones that the other screens are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.scopes import WorkspaceRef, key
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed
from screens import links
from screens.actions import Action
from screens.filters import Filter
from screens.fuzzy import score
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class WorkspacesScreen(ResourceScreen[Workspace]):
    """`W` opens it with the cursor in a fuzzy filter; enter opens what is marked, else what is under the cursor."""

    kind = "workspaces"
    aliases = ("ws", "workspace")
    default_sort = ("", False)
    filter_hint = "name, tag, subscription…  tab marks · enter opens · ctrl+o opens all · * favourite"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("asterisk", "favourite", "favourite", key_display="*", id="workspaces.favourite"),
        Binding("ctrl+o", "choose_all", "open all that are shown", show=False, id="workspaces.all"),
        Binding("tab", "mark", "mark, in the filter too", show=False, id="workspaces.mark"),
    ]

    @property
    def columns(self) -> tuple[Column[Workspace], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("", 2, self._flags, lambda _: "key", priority=0),
            Column("NAME", 20, lambda each: each.name, self._style, priority=0, most=33),
            Column("SUBSCRIPTION", 18, lambda each: self.session.context.subscription(each.ref), priority=1, most=36),
            Column("GROUP", 16, lambda each: each.ref.resource_group, priority=2, most=36),
            Column("REGION", 14, lambda each: each.location, priority=3),
            Column("KIND", 8, lambda each: each.kind, priority=5),
            Column("STATE", 10, lambda each: each.fault or each.provisioning_state, self._style, priority=4, most=24),
            Column("TAGS", 12, lambda each: " ".join(f"{name}={value}" for name, value in each.tags.items()), priority=3, stretch=True),
        )

    @property
    def feed(self) -> Feed[Workspace]:
        return self.session.workspaces

    @property
    def rows(self) -> Sequence[Workspace]:
        """Favourites first, then those that are open; while something is typed, what fits it best."""
        favourites, query = self.session.favourites, self.table.filter_text

        def rank(each: Workspace) -> tuple[int, bool, bool, str]:
            return -(score(query, self._fields(each, query)) or 0), each.id not in favourites, not self._is_open(each), each.name.casefold()

        return sorted(self.feed.items, key=rank)

    def key_of(self, row: Workspace) -> str:
        return row.id or f"unreadable/{row.fault}"

    def tags_of(self, row: Workspace) -> Mapping[str, str]:
        return row.tags

    def on_mount(self) -> None:
        self.session.visible.enumerate()

    def refusal(self, action: Action[Workspace], row: Workspace) -> str:
        return f"{action.label} does not apply to a workspace"

    def describe(self, row: Workspace) -> list[Fact]:
        lines = [
            ("name", row.name),
            ("display name", row.friendly_name if row.friendly_name != row.name else ""),
            ("kind", row.kind or "?"),
            ("subscription", self.session.context.subscription(row.ref)),
            ("group", row.ref.resource_group),
            ("region", row.location or "?"),
            ("provisioning", row.provisioning_state or "?"),
            ("tags", ", ".join(f"{name}={value}" for name, value in row.tags.items()) or "none"),
            ("protected", "yes: changes ask for its name" if self.session.context.is_protected(row.ref) else ""),
            ("ARM id", row.id),
        ]
        facts = [Fact(name, text) for name, text in lines if text]
        return [*facts, Fact("unreadable", row.fault, "bad", "bad")] if row.fault else facts

    def links(self, row: Workspace) -> list[Fact]:
        return links.workspace_links(row.ref, self.session.context.tenant_id, self.session.cloud)

    # Choosing

    def parse_filter(self, text: str) -> Filter[Workspace]:
        return Filter(text, lambda each: score(text, self._fields(each, text)) is not None)

    def set_filter(self, text: str) -> None:
        if self.has_class("-filtering") and "*" in text:  # no name holds it: it is the key that it is outside of the line
            self._filter_line().value = text.replace("*", "")
            self.action_favourite()
        else:
            super().set_filter(text)

    def filter_accepted(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        self._choose(self.table.marked_rows or [row for row in (self.table.cursor_row,) if row is not None])

    def action_choose_all(self) -> None:
        self._choose(self.table.visible_rows)

    def action_favourite(self) -> None:
        row = self.table.cursor_row
        if row is not None and not row.fault:
            now = self.session.favourites.toggle(row.id)
            self.host.flash(f"{row.name} is a favourite" if now else f"{row.name} is no favourite any more")
            self._update()

    def _choose(self, rows: Sequence[Workspace]) -> None:
        chosen: list[WorkspaceRef] = [row.ref for row in rows if not row.fault]
        if chosen:
            self.host.look_at(chosen)
        elif rows:
            self.host.flash(f"it cannot be opened: {rows[0].fault}", "warn")

    def _fields(self, row: Workspace, query: str) -> tuple[str, ...]:
        """What may be typed of a row. The names of tags, which every row has alike, count only in the form `team=risk`."""
        tags = " ".join(f"{name}={value}" if "=" in query else value for name, value in row.tags.items())
        return row.name, tags, self.session.context.subscription(row.ref), row.ref.resource_group, row.location, row.kind

    def _is_open(self, row: Workspace) -> bool:
        return any(key(place.id) == key(row.id) for place in self.session.context.where)

    def _flags(self, row: Workspace) -> str:
        return ("●" if self._is_open(row) else " ") + ("★" if row.id in self.session.favourites else "")

    def _style(self, row: Workspace) -> str:
        return "bad" if row.fault or row.provisioning_state in {"Failed", "SoftDeleted"} else ""
