"""The compiler as the console sees it: fields or `az ml` YAML of something become the request that makes it; a child has azure-ai-ml do it.

    compiled = await compiler.compile(place, location, fields={"type": "amlcompute", "name": "gpu", "size": "Standard_NC6s_v3", …})
    compiled.request   # Request(method="PUT", …) with slots for secrets; None where there are flaws
    compiled.flaws     # (Flaw(path="max_instances", line=4, message="not a valid integer"), …)

`kind` says what it is: a compute, a datastore or a connection. Fields are those of the CLI's YAML (snake case, `az ml compute create -f`);
None and empty ones are left out. `location` is the workspace's. What stands for a secret already (a slot, a source) is left as it is.
The child is started at the first need, or ahead by `warm` (a form that opens); its import takes seconds, and `state` tells of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from console.azure import slots
from console.azure.compiler_life import IDLE_S, Answered, ChildCompiler, Flaw, State
from console.azure.request import Request
from console.domain.scopes import WorkspaceRef

__all__ = ["Compiled", "Compiler", "Dumped", "Flaw", "Kind", "State"]

Kind = Literal["compute", "datastore", "connection"]
#: Of Azure's public cloud (azure-ai-ml's `_azure_environments`): where accounts are, and what applications sign in to.
STORAGE_SUFFIX, AUTHORITY = "core.windows.net", "https://login.microsoftonline.com"


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """What a compilation gave: the `request` (None where there are `flaws`), the CLI's word for its `kind`, and `notes` for a person."""

    request: Request | None = None
    kind: str = ""
    notes: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()


class Dumped(msgspec.Struct, frozen=True):
    """Something as the CLI writes it: its settable `fields`, and the `yaml` of these, with comments for what is read only."""

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
    needed_for = "Making and editing computes, datastores and connections"

    def __init__(
        self,
        log_file: Path | None = None,
        *,
        idle: float = IDLE_S,
        python: str = sys.executable,
        storage_suffix: str = STORAGE_SUFFIX,
        authority: str = AUTHORITY,
    ) -> None:
        """`storage_suffix` and `authority` are the cloud's: they stand where a datastore does not say others."""
        super().__init__(log_file, idle=idle, python=python)
        self._cloud = {"storage_suffix": storage_suffix, "authority": authority}

    async def compile(
        self,
        place: WorkspaceRef,
        location: str,
        *,
        kind: Kind = "compute",
        yaml: str | None = None,
        fields: Mapping[str, Any] | None = None,
        over: Mapping[str, Any] | None = None,
        folder: Path | None = None,
    ) -> Compiled:
        """The request that makes what `yaml` or `fields` tell of, or its flaws.

        `over` are fields that hold where the text says nothing of them; `folder` is where a file that the text names is looked for. Raises
        TroubleError where azure-ai-ml is not there, fails or does not answer.
        """
        asked = {"do": "compile", "kind": kind, "over": over, "folder": str(folder or ""), "workspace": self._place(place, location)}
        answer = await self._ask(asked | ({"yaml": yaml} if yaml is not None else {"fields": fields or {}}), _Answer)
        slots.hold(answer.secrets)
        return Compiled(request=answer.request, kind=answer.kind, notes=answer.notes, flaws=answer.flaws)

    async def dump(self, place: WorkspaceRef, location: str, item: Mapping[str, Any], *, kind: Kind = "compute") -> Dumped:
        """The JSON of something (ARM's GET) as the CLI's YAML; a source stands for each secret that Azure keeps. Raises TroubleError."""
        answer = await self._ask({"do": "dump", "kind": kind, "item": item, "workspace": self._place(place, location)}, _Answer)
        return Dumped(answer.fields, answer.yaml)

    def _place(self, place: WorkspaceRef, location: str) -> dict[str, str]:
        told = {"subscription": place.subscription_id, "group": place.resource_group, "name": place.name, "location": location}
        return told | self._cloud
