"""The rotation guard: no key of a storage account is made anew while anybody is seen to hold it.

A plan is made from what was seen then; right before each step that relies on it all users are listed anew and what they hold is read
again, journaled like every reveal. That holds too for what is left of a plan that goes on after the console had ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from console.azure.request import Request
from console.domain.account_keys import BOTH, AccountKeys, KeyRef, other
from console.domain.resync import SyncRef
from console.domain.rotation import Consumer, Held, Holding, Kind, against
from console.operations.key_scan import compare, scan
from console.operations.operation import Operation, StepRun
from console.operations.runner import Runner

#: An account as it is now, and all that uses it. Raises TroubleError.
Users = Callable[[str], Awaitable[tuple[AccountKeys, tuple[Consumer, ...]]]]


class RotationGuard:
    """One for a session. `users` lists them anew, `runner` is what reads their secrets, `learnt` hears what each was found to hold."""

    def __init__(self, users: Users, runner: Callable[[], Runner], learnt: Callable[[Mapping[str, Holding]], None]) -> None:
        self._users, self._runner, self._learnt = users, runner, learnt

    async def against(self, operation: Operation, run: StepRun) -> str:
        """Why a step must not be sent now, as sentences ("" where it may). Raises TroubleError where that cannot be told."""
        ref = KeyRef.parse(run.step.target_id)
        if ref is None or not _relies(run.step.request):
            return ""
        account, consumers = await self._users(ref.account_id)
        asked = [each for each in consumers if each.keyed and (ref.key != BOTH or each.kind is Kind.OWN)]
        unread = [each.name for each in consumers if each.kind is Kind.UNSEEN and each.id not in operation.plan.despite]
        told = [f"{name} could not be read, and was when the plan was made" for name in unread]
        if asked:
            _, holdings = await compare(self._runner(), scan(account, asked, "verify keys"), asked)
            self._learnt(holdings)
            told += against(asked, holdings, _leaving(ref, run.step.request), _still_to_come(operation.runs))
        return "; ".join(told)


def _relies(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith(("/listKeys", "/regenerateKey"))


def _leaving(ref: KeyRef, request: Request) -> str:
    """What nobody may hold: the key that is made anew, or, after that, one that is none any more."""
    if ref.key == BOTH:
        return Held.NEITHER
    return ref.key if request.path.endswith("/regenerateKey") else other(ref.key)


def _still_to_come(runs: Iterable[StepRun]) -> tuple[str, ...]:
    """The workspaces whose own datastores are told later to take the new key."""
    synced = (SyncRef.parse(each.step.target_id) for each in runs if not each.progress.ended)
    return tuple(each.workspace.id for each in synced if each is not None)
