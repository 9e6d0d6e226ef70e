"""YAML: a resource as Azure sent it, secrets redacted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from console.domain.connections import is_connection
from console.domain.trouble import Trouble, TroubleError
from console.text import redact
from screens.widgets.facts import Fact

if TYPE_CHECKING:
    from console.session import Session
    from screens.host import Host


def yaml_facts(raw: bytes | None) -> list[Fact]:
    """The JSON as YAML; without `raw` (rows from disk) it says that it has to be read first."""
    if raw is None:
        return [Fact("", "Not read yet in this session; ctrl+r on the list reads it.", "muted")]
    import yaml

    text: str = yaml.safe_dump(redact(msgspec.json.decode(raw)), sort_keys=False, allow_unicode=True, width=4096)
    return [Fact("", text)]


def show_json(session: Session, host: Host, item_id: str, raw: bytes | None) -> None:
    """Show a datastore, a connection or a version of a data asset by its ARM id: `raw` where that is read, else as Azure sends it now."""
    if raw is not None:
        host.show_yaml(item_id, raw)
        return
    read: list[bytes] = []
    failed: list[Trouble] = []

    async def ask() -> Sequence[str]:
        try:
            ask_json = session.data.connections.json if is_connection(item_id) else session.data.now.json
            read.append(await ask_json(item_id))
        except TroubleError as error:
            failed.append(error.trouble)
        return ()

    def show(_: Sequence[str]) -> None:
        for each in read:
            host.show_yaml(item_id, each)
        for trouble in failed:
            host.report(trouble)

    host.flash("reading it")
    host.later(ask(), show)
