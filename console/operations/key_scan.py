"""Key scans: which key of a storage account each of its users holds, read on demand, journaled, compared in memory and forgotten."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from console.azure import account_keys
from console.azure.answer import Answer
from console.domain.account_keys import KEYS, AccountKeys
from console.domain.rotation import Consumer, Held, Holding, Kind, Way
from console.operations.operation import Operation, StepRun
from console.operations.plan import Concern, Danger, Effect, Plan, Step
from console.operations.revealing import reveal
from console.operations.runner import Runner

#: Fingerprints of another console are others: nobody can look a key up by one.
_SALT = secrets.token_bytes(16)


def scan(account: AccountKeys, consumers: Iterable[Consumer], verb: str = "compare keys") -> Plan:
    """Read the account's keys and what each consumer holds: the first step is the account's."""
    kept = Effect(Concern.ACCESS, "read to be compared in memory: kept is which key it is, and a fingerprint of eight digits")
    asked = [each for each in consumers if each.secret]
    steps = [
        Step(
            target_id=account.id,
            target_name=account.name,
            request=account_keys.list_keys(account.id),
            permission=account_keys.LIST_KEYS,
            at=account.id,
            effects=(kept,),
            about=tuple(dict.fromkeys(each.workspace for each in asked if each.workspace is not None)),
        )
    ]
    steps += [
        Step(
            target_id=each.id,
            target_name=each.name,
            request=account_keys.list_secrets(each.id),
            permission=account_keys.LIST_CONNECTION_SECRETS if each.kind is Kind.CONNECTION else account_keys.LIST_SECRETS,
            effects=(kept,),
        )
        for each in asked
    ]
    return Plan(
        verb=verb,
        title=f"Read the keys of {account.name} and the secrets of {len(asked)} of its users, and compare them",
        where=f"storage account {account.name}",
        steps=tuple(steps),
        danger=Danger.CONFIRM,
        undo_note="There is nothing to undo: nothing is changed. That each was read stays in the journal.",
    )


async def compare(runner: Runner, plan: Plan, consumers: Sequence[Consumer]) -> tuple[Operation, Mapping[str, Holding]]:
    """Carry out a `scan` that was agreed to: what each consumer holds, by its id. Raises JournalError before anything unwritten is sent."""
    operation, answers = await reveal(runner, plan)
    now = runner.stages.arm.clock.now()
    by_id = {each.id: each for each in consumers}
    first, *rest = zip(operation.runs, answers, strict=True)
    keys, why = _keys(*first)
    return operation, {run.step.target_id: _holding(by_id[run.step.target_id], run, answer, keys, why, now) for run, answer in rest}


def _keys(run: StepRun, answer: Answer | None) -> tuple[Mapping[str, str], str]:
    """The account's keys, or why there are none."""
    if answer is None:
        return {}, run.note or "the account's keys could not be read"
    try:
        return account_keys.keys_told(answer.body), ""
    except ValueError as error:
        return {}, str(error)


def _holding(each: Consumer, run: StepRun, answer: Answer | None, keys: Mapping[str, str], why: str, now: datetime) -> Holding:
    if answer is None:
        return Holding(held=Held.UNTOLD, at=now, why=run.note or "its secret could not be read")
    try:
        key, signature = account_keys.secret_told(answer.body)
    except ValueError as error:
        return Holding(held=Held.UNTOLD, at=now, why=str(error))
    if each.way is Way.REISSUE:
        unsaid = "by which key a signature was made is not told by it"
        return Holding(held=Held.UNTOLD, at=now, fingerprint=fingerprint(signature), ends=account_keys.ends(signature), why=unsaid)
    if why:
        return Holding(held=Held.UNTOLD, at=now, fingerprint=fingerprint(key), why=why)
    return Holding(held=_held(key, keys), at=now, fingerprint=fingerprint(key))


def _held(key: str, keys: Mapping[str, str]) -> Held:
    same = (name for name in KEYS if name in keys and hmac.compare_digest(keys[name].encode(), key.encode()))
    return Held(next(same, Held.NEITHER))


def fingerprint(secret: str) -> str:
    """Eight hex digits that tell equal secrets from others, in this process alone; "" for none."""
    return hashlib.sha256(_SALT + secret.encode()).hexdigest()[:8] if secret else ""
