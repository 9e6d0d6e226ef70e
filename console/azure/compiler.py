"""The compiler as the console sees it: fields or `az ml` YAML of a compute become the request that makes it; a child has azure-ai-ml do it.

    compiled = await compiler.compile(place, location, fields={"type": "amlcompute", "name": "gpu", "size": "Standard_NC6s_v3", …})
    compiled.request   # Request(method="PUT", …) with slots for secrets; None where there are flaws
    compiled.flaws     # (Flaw(path="max_instances", line=4, message="not a valid integer"), …)

Fields are those of the CLI's YAML (snake case, `az ml compute create -f`); None and empty ones are left out. `location` is the workspace's.
The child is started at the first need, or ahead by `warm` (a form that opens); its import takes seconds, and `state` tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from console.azure import slots
from console.azure.compiler_life import Answered, ChildCompiler, Flaw, State
from console.azure.request import Request
from console.domain.scopes import WorkspaceRef

__all__ = ["Compiled", "Compiler", "Dumped", "Flaw", "State"]


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """What a compilation gave: the `request` (None where there are `flaws`), the CLI's word for its `kind`, and `notes` for a person."""

    request: Request | None = None
    kind: str = ""
    notes: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()


class Dumped(msgspec.Struct, frozen=True):
    """A compute as the CLI writes it: its settable `fields`, and the `yaml` of these, with comments for what is read only."""

    fields: dict[str, Any]
    yaml: str


class _Answer(Answered):
    request: Request | None = None
    secrets: dict[str, str] = {}
    kind: str = ""
    notes: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    fields: dict[str, Any] = {}
    yaml: str = ""


class Compiler(ChildCompiler):
    """azure-ai-ml in a child (some 120 MB)."""

    child = "compiler_child"
    sdk = "azure-ai-ml"
    requirement = "azure-ai-ml>=1.35.2"
    needed_for = "Making and editing computes"

    async def compile(
        self,
        place: WorkspaceRef,
        location: str,
        *,
        yaml: str | None = None,
        fields: Mapping[str, Any] | None = None,
        over: Mapping[str, Any] | None = None,
        folder: Path | None = None,
    ) -> Compiled:
        """The request that makes the compute that `yaml` or `fields` tell of, or its flaws.

        `over` are fields that hold where the text says nothing of them; `folder` is where a file that the text names is looked for. Raises
        TroubleError where azure-ai-ml is not there, fails or does not answer.
        """
        asked = {"do": "compile", "kind": "compute", "over": over, "folder": str(folder or ""), "workspace": _place(place, location)}
        answer = await self._ask(asked | ({"yaml": yaml} if yaml is not None else {"fields": fields or {}}), _Answer)
        slots.hold(answer.secrets)
        return Compiled(request=answer.request, kind=answer.kind, notes=answer.notes, flaws=answer.flaws)

    async def dump(self, place: WorkspaceRef, location: str, compute: Mapping[str, Any]) -> Dumped:
        """A compute's JSON (ARM's GET) as the CLI's YAML. Raises TroubleError."""
        answer = await self._ask({"do": "dump", "kind": "compute", "compute": compute, "workspace": _place(place, location)}, _Answer)
        return Dumped(answer.fields, answer.yaml)


def _place(place: WorkspaceRef, location: str) -> dict[str, str]:
    return {"subscription": place.subscription_id, "group": place.resource_group, "name": place.name, "location": location}
