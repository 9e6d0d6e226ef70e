"""YAML: a resource as Azure sent it, secrets redacted."""

from __future__ import annotations

import msgspec

from console.text import redact
from screens.widgets.facts import Fact


def yaml_facts(raw: bytes | None) -> list[Fact]:
    """The JSON as YAML; without `raw` (rows from disk) it says that it has to be read first."""
    if raw is None:
        return [Fact("", "Not read yet in this session; ctrl+r on the list reads it.", "muted")]
    import yaml

    text: str = yaml.safe_dump(redact(msgspec.json.decode(raw)), sort_keys=False, allow_unicode=True, width=4096)
    return [Fact("", text)]
