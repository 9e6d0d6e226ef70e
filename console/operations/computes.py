"""Plans for computes: start, stop, restart, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from console.azure import computes as requests
from console.domain.compute import Compute, Kind
from console.domain.cost import PriceList, burn, list_price, region_key
from console.domain.quota import Change, Delete, Stop, freed, size_of
from console.operations.plan import Concern, Danger, Effect, Hold, Plan, Settling, Step

OPERATION = "Microsoft.MachineLearningServices/workspaces/computes"
START = f"{OPERATION}/start/action"
STOP = f"{OPERATION}/stop/action"
RESTART = f"{OPERATION}/restart/action"
DELETE = f"{OPERATION}/delete"

STARTABLE = frozenset({"Stopped"})
STOPPABLE = frozenset({"Running", "JobRunning", "SetupFailed", "UserSetupFailed", "Unusable"})
#: One machine that lists for no more than this starts without a question.
START_WITHOUT_ASKING = Decimal("1.00")
HOURS_A_MONTH = 730
BUSY = "JobRunning"
#: Grace periods that are offered before an instance is taken from whoever may work on it, in seconds.
GRACES = ((900.0, "15 min"), (3600.0, "1 h"))

Prices = Mapping[str, PriceList]


def can_start(compute: Compute) -> str:
    """Why `start` does not apply ("" when it does)."""
    return _instance_in(compute, STARTABLE, "started")


def can_stop(compute: Compute) -> str:
    """Why `stop` does not apply ("" when it does)."""
    return _instance_in(compute, STOPPABLE, "stopped")


def can_restart(compute: Compute) -> str:
    """Why `restart` does not apply ("" when it does)."""
    return _instance_in(compute, STOPPABLE, "restarted")


def can_delete(compute: Compute) -> str:
    """Why `delete` does not apply ("" when it does)."""
    if compute.kind is Kind.UNREADABLE:
        return "Azure's answer about it could not be read"
    return f"{compute.name} is being deleted already" if compute.provisioning_state == "Deleting" else ""


def start(targets: Sequence[Compute], prices: Prices) -> Plan:
    """Start instances: their VM price begins. Without a question for one machine up to a list price of 1 USD/h."""
    steps = tuple(_start_step(compute, prices, undo=True) for compute in targets)
    cheap = len(targets) == 1 and price_of(targets[0], prices) is not None and (price_of(targets[0], prices) or 0) <= START_WITHOUT_ASKING
    return Plan(
        verb="start",
        title=f"Start {counted(targets, 'instance')}",
        where=where_of(targets),
        steps=steps,
        danger=Danger.NONE if cheap else Danger.CONFIRM,
        undo_note="Undo stops again what was started; what that cost until then stays.",
        totals=_money_in_all(targets, prices, "begins"),
    )


def stop(targets: Sequence[Compute], prices: Prices) -> Plan:
    """Stop instances. Ends their VM price; disk and address stay billed; cores stay held unless released on stop."""
    return Plan(
        verb="stop",
        title=f"Stop {counted(targets, 'instance')}",
        where=where_of(targets),
        steps=tuple(_stop_step(compute, prices, undo=True) for compute in targets),
        undo_note="Undo starts again what was stopped, in some minutes. Kernels, terminals and unsaved memory are gone; files stay.",
        totals=_money_in_all(targets, prices, "ends"),
        holds=_holds(targets, "stopped"),
    )


def restart(targets: Sequence[Compute], prices: Prices) -> Plan:
    """Restart instances: billed throughout; kernels and terminals end."""
    del prices  # a restart changes no price
    return Plan(
        verb="restart",
        title=f"Restart {counted(targets, 'instance')}",
        where=where_of(targets),
        steps=tuple(
            Step(
                target_id=compute.id,
                target_name=compute.name,
                request=requests.restart(compute.id),
                permission=RESTART,
                effects=(
                    Effect(Concern.MONEY, "nothing changes: billed throughout"),
                    Effect(Concern.BREAKS, "running kernels, terminals and jobs there end; files stay"),
                ),
                az=_az("restart", compute),
                sdk=f'ml_client.compute.begin_restart("{compute.name}")',
                rests_on=compute.shown_state,
                settles=Settling(("Running", "JobRunning")),
            )
            for compute in targets
        ),
        undo_note="There is nothing to undo: a restart cannot be taken back.",
        holds=_holds(targets, "restarted"),
    )


def delete(targets: Sequence[Compute], prices: Prices) -> Plan:
    """Delete computes for good; attached ones are only detached: their machines are not the workspace's."""
    return Plan(
        verb="delete",
        title=f"Delete {counted(targets, 'compute')}",
        where=where_of(targets),
        steps=tuple(_delete_step(compute, prices) for compute in targets),
        danger=Danger.TYPED,
        undo_note="A deleted compute does not come back; a new one can be made under the same name.",
        typed=targets[0].name if len(targets) == 1 else str(len(targets)),
        holds=_holds(targets, "deleted"),
    )


def _holds(targets: Sequence[Compute], done: str) -> tuple[Hold, ...]:
    """What a change may wait for that takes running instances from their users: the end of their jobs, or a grace period."""
    running = [target for target in targets if target.kind is Kind.INSTANCE and target.shown_state in {"Running", BUSY}]
    if not running:
        return ()
    up = ("Running", BUSY)
    each = "it is" if len(targets) == 1 else "each is"
    graces = tuple(
        Hold(label=f"in {length}", sentence=f"in {length}: {each} {done} then, busy or not", after_s=seconds, then=up)
        for seconds, length in GRACES
    )
    if not any(target.shown_state == BUSY for target in running):
        return graces
    sentence = f"when its job ends: {each} {done} once Azure says Running instead of {BUSY}"
    return (Hold(label="when its job ends", sentence=sentence, while_states=(BUSY,), then=("Running",)), *graces)


def counted(targets: Sequence[Compute], noun: str) -> str:
    """`instance nb-grace`, or `3 instances`."""
    return f"{noun} {targets[0].name}" if len(targets) == 1 else f"{len(targets)} {noun}s"


def _start_step(compute: Compute, prices: Prices, *, undo: bool) -> Step:
    price = price_of(compute, prices)
    money = (
        f"≈${price:.2f}/h begins (list price of {compute.vm_size})" if price is not None else f"the price of {compute.vm_size} begins: ?"
    )
    return Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.start(compute.id),
        permission=START,
        effects=(Effect(Concern.MONEY, money), Effect(Concern.UNCHECKED, "whether the region has such a machine free now")),
        az=_az("start", compute),
        sdk=f'ml_client.compute.begin_start("{compute.name}")',
        rests_on="Stopped",
        settles=Settling(("Running", "JobRunning")),
        undo=_stop_step(compute, prices, undo=False) if undo else None,
    )


def _stop_step(compute: Compute, prices: Prices, *, undo: bool) -> Step:
    price = price_of(compute, prices)
    if price is not None:
        money = f"≈${price:.2f}/h ends (≈${price * HOURS_A_MONTH:,.0f} a month; list price of {compute.vm_size})"
    else:
        money = f"the price of {compute.vm_size or 'the machine'} ends: ?"
    return Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.stop(compute.id),
        permission=STOP,
        effects=(
            Effect(Concern.MONEY, money),
            Effect(Concern.CORES, cores_told(compute, prices, Stop())),
            Effect(Concern.STAYS, "OS disk, public address and load balancer go on being billed"),
            Effect(Concern.BREAKS, "kernels, terminals and jobs there end; files stay"),
            Effect(Concern.UNCHECKED, "whether somebody works there now: Azure does not tell"),
        ),
        az=_az("stop", compute),
        sdk=f'ml_client.compute.begin_stop("{compute.name}")',
        rests_on=compute.shown_state if undo else "Running",
        settles=Settling(("Stopped",)),
        undo=_start_step(compute, prices, undo=False) if undo else None,
    )


def _delete_step(compute: Compute, prices: Prices) -> Step:
    attached = compute.attached or compute.kind not in {Kind.INSTANCE, Kind.CLUSTER}
    rate = burn(compute, prices.get(region_key(compute.location)))
    money = f"≈${rate.value:.2f}/h ends" if rate is not None and rate.value is not None else "what is billed now ends: ?"
    if rate is not None and rate.value == 0:
        money = "no machine is billed now"
    breaks = (
        "detached; the machines stay as they are" if attached else "jobs queued or running there fail; schedules that name the target fail"
    )
    effects = [] if attached else [Effect(Concern.MONEY, money), Effect(Concern.CORES, cores_told(compute, prices, Delete()))]
    effects.append(Effect(Concern.BREAKS, breaks))
    if compute.kind is Kind.INSTANCE:
        effects.append(Effect(Concern.STAYS, "home folders live in the workspace's file share and stay"))
    return Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.delete(compute.id, detach=attached),
        permission=DELETE,
        effects=tuple(effects),
        az=_az("detach" if attached else "delete", compute),
        sdk=f'ml_client.compute.begin_delete("{compute.name}", action="{"Detach" if attached else "Delete"}")',
        rests_on=compute.shown_state,
        settles=Settling(gone=True),
    )


def cores_told(compute: Compute, prices: Prices, change: Change) -> str:
    """What a change of an instance or a cluster does to the quota of its family, as a sentence for the plan."""
    given, size = freed(compute, prices, change), size_of(compute, prices)
    if isinstance(change, Stop) and not compute.release_quota_on_stop:
        return "the cores stay held: releaseQuotaOnStop is off"
    lead = "the cores go back to the quota (releaseQuotaOnStop): " if isinstance(change, Stop) else ""
    if given is None or size is None or given.now is None:
        return f"{lead}how many cores: ?"
    where = f"of {size.family} in {region_key(compute.location)}"
    claim = f", {given.claim} with those that it could take" if given.claim and given.claim > max(given.now, 0) else ""
    if given.claim is not None and given.claim < 0:
        claim = f"; it may take {-given.claim} more"
    if given.now < 0:
        return f"takes {-given.now} cores more {where}{claim}"
    return f"{lead}frees {given.now} cores {where}{claim}"


def _instance_in(compute: Compute, states: frozenset[str], done: str) -> str:
    if compute.kind is not Kind.INSTANCE:
        return f"a {compute.kind.label} cannot be {done}; only instances can"
    if compute.shown_state not in states:
        return f"{compute.name} is {compute.shown_state}; it can be {done} when {' or '.join(sorted(states))}"
    return ""


def price_of(compute: Compute, prices: Prices) -> Decimal | None:
    return list_price(compute, prices.get(region_key(compute.location))).value


def _money_in_all(targets: Sequence[Compute], prices: Prices, what: str) -> tuple[Effect, ...]:
    """The price of several machines together; how many have none known is said."""
    if len(targets) < 2:
        return ()
    known = [price for target in targets if (price := price_of(target, prices)) is not None]
    missing = f", and {len(targets) - len(known)} whose price is not known" if len(known) < len(targets) else ""
    if not known:
        return (Effect(Concern.MONEY, f"the price of {len(targets)} machines {what}: ?"),)
    rate = sum(known, Decimal(0))
    return (Effect(Concern.MONEY, f"≈${rate:.2f}/h {what} in all (≈${rate * HOURS_A_MONTH:,.0f} a month{missing})"),)


def _az(verb: str, compute: Compute) -> str:
    place = compute.workspace
    return f"az ml compute {verb} -n {compute.name} -g {place.resource_group} -w {place.name} --subscription {place.subscription_id}"


def where_of(targets: Sequence[Compute]) -> str:
    places = dict.fromkeys(f"{target.workspace.name} · {target.workspace.resource_group}" for target in targets)
    return ", ".join(places)
