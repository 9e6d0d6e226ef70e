"""Secrets of Key Vaults to choose from, by name: those of the open workspaces' vaults in which you may list; no value is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.trouble import Kind
from console.domain.vault_secrets import Secret
from console.session import Session
from screens import vault_cells as cells
from screens.forms.picker import Picker
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part


class SecretPicker(Picker[Secret]):
    """The lists are read when it opens, and shown as they arrive; a secret of another vault can be typed by its name."""

    title_text = "Secrets of Key Vaults"
    hint = "a part of its name or its vault's"
    nothing = "no secret of that name is listed; one that is not can be typed as VAULT/NAME"

    def __init__(self, session: Session, text: str = "") -> None:
        self._session = session
        self._leave: Callable[[], None] | None = None
        super().__init__(text)

    def on_mount(self) -> None:
        self._session.data.vaults.begin()
        self._leave = self._session.listen(self._heard)

    def on_unmount(self) -> None:
        if self._leave is not None:
            self._leave()

    def columns(self) -> Sequence[Column[Secret]]:
        now = self._session.clock.now
        return (
            Column("NAME", 28, lambda row: row.name, priority=0, stretch=True),
            Column("VAULT", 24, lambda row: row.vault_name, priority=0),
            Column("STATE", 8, lambda row: row.state, cells.state_style, priority=0),
            Column("EXPIRES", 8, lambda row: cells.expires_text(row, now()), lambda row: cells.expires_style(row, now()), priority=1),
            Column("CONTENT TYPE", 14, lambda row: row.content_type, lambda _: "muted", priority=2),
        )

    def key_of(self, row: Secret) -> str:
        return row.id

    def found(self, text: str) -> Sequence[Secret]:
        words = text.lower().split()
        rows = (each for each in self._session.data.vaults.secrets.items if not each.fault)
        fitting = (each for each in rows if all(word in f"{each.vault_name}/{each.name}".lower() for word in words))
        return sorted(fitting, key=lambda each: (each.name.lower(), each.vault_name.lower()))

    def told(self, row: Secret) -> Sequence[Fact]:
        return [Fact("updated", f"{cells.age_text(row.updated, self._session)} ago")] if row.updated is not None else []

    def news(self) -> Part:
        """Which vaults are not among them."""
        vaults = self._session.data.vaults
        refused = {scope.rsplit("/", 1)[-1]: each.kind for scope, each in vaults.secrets.troubles.items()}
        if refused:
            why = "you may not list" if set(refused.values()) == {Kind.PERMISSION} else "not read"
            return (f"  {why}: {', '.join(refused)}", "warn")
        if (trouble := next(iter(vaults.found.troubles.values()), None)) is not None:
            return (f"  {trouble.sentence}", "warn")
        read = vaults.found.loaded and all(vaults.secrets_of(each.id) is not None for each in vaults.vaults if not each.fault)
        return ("", "") if read else ("  reading their lists …", "busy")

    def _heard(self) -> None:
        if self.is_attached:
            self.look_again()
