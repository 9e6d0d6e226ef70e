"""Scans of signatures: what shared access signatures tell of themselves, read on demand, journaled, and forgotten but for their ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from console.azure import account_keys, signatures
from console.azure.answer import Answer
from console.domain.connections import Connection
from console.domain.datastores import Datastore
from console.domain.scopes import key
from console.domain.signatures import ScannedSignature
from console.operations.operation import Operation, StepRun
from console.operations.plan import Concern, Danger, Effect, Plan, Step
from console.operations.revealing import reveal
from console.operations.runner import Runner

KEPT = Effect(Concern.ACCESS, "its secret is read; kept are when it ends, what it allows and when it was read, on this machine")


def scan(rows: Sequence[Datastore | Connection]) -> Plan:
    """Read the signature of each. ValueError where there is none to read."""
    if not rows:
        raise ValueError("a scan of nothing")
    places = dict.fromkeys(f"{row.workspace.name} · {row.workspace.resource_group}" for row in rows)
    return Plan(
        verb="scan signatures",
        title=f"Read {f'the signature of {rows[0].name}' if len(rows) == 1 else f'{len(rows)} signatures'}, and keep when they end",
        where=", ".join(places),
        steps=tuple(_step(row) for row in rows),
        danger=Danger.CONFIRM,
        undo_note="There is nothing to undo: nothing is changed. That each was read stays in the journal.",
    )


def _step(row: Datastore | Connection) -> Step:
    connection = isinstance(row, Connection)
    return Step(
        target_id=row.id,
        target_name=row.name,
        request=account_keys.list_secrets(row.id),
        permission=account_keys.LIST_CONNECTION_SECRETS if connection else account_keys.LIST_SECRETS,
        effects=(KEPT,),
    )


async def read(
    runner: Runner, plan: Plan, rows: Sequence[Datastore | Connection]
) -> tuple[Operation, tuple[ScannedSignature, ...], tuple[str, ...]]:
    """Carry out a `scan` that was agreed to: what was told, and why of the others nothing was, a sentence each.

    Raises JournalError before anything unwritten is sent.
    """
    operation, answers = await reveal(runner, plan)
    now = runner.stages.now()
    changed = {row.id: row.modified_on for row in rows}
    found, failed = [], []
    for run, answer in zip(operation.runs, answers, strict=True):
        try:
            found.append(_scanned(run, answer, changed.get(run.step.target_id), now))
        except ValueError as error:
            failed.append(f"{run.step.target_name}: {error}")
    return operation, tuple(found), tuple(failed)


def _scanned(run: StepRun, answer: Answer | None, changed: datetime | None, now: datetime) -> ScannedSignature:
    if answer is None:
        raise ValueError(run.note or "it could not be read")
    told, policy = signatures.told(answer.body)
    return ScannedSignature(
        id=key(run.step.target_id),
        read_at=now,
        expires=told.expires,
        permissions=told.permissions,
        policy=policy,
        changed=changed,
    )
