"""Making connections: azure-ai-ml's request for what a form tells, as a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import connections as requests
from console.domain.connections import SecretLink
from console.domain.scopes import WorkspaceRef
from console.operations.connections import create
from console.operations.creation import RefusedError
from console.operations.plan import Plan

if TYPE_CHECKING:
    from console.azure.compiler import Compiler


async def make(compiler: Compiler, place: WorkspaceRef, document: Mapping[str, Any], secret: SecretLink | None = None) -> Plan:
    """The plan that makes the connection that `document` describes (fields of the CLI's YAML); `secret` is the vault secret behind it.

    Raises RefusedError, and TroubleError where the compiler cannot be had.
    """
    compiled = await compiler.compile(place, "", kind="connection", fields=document)
    if compiled.request is None:
        flaw = compiled.flaws[0]
        raise RefusedError(flaw.path, flaw.message)
    raw = msgspec.json.encode({"id": compiled.request.path, "properties": compiled.request.body["properties"]})
    return create(compiled.request, requests.decode(raw, place), secret)
