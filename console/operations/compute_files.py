"""Plans from the CLI's YAML: a file, or a compute as somebody edited it, becomes the plan that makes Azure agree with it."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import computes as requests
from console.azure.errors import UNDECODABLE
from console.domain import durations
from console.domain.compute import MODIFIED, Compute, Kind
from console.domain.names import compute_name_fault
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble, TroubleError
from console.operations import compute_edit as edits
from console.operations import idle_shutdown, scaling
from console.operations.computes import Prices, where_of
from console.operations.creation import WRITE, created, to_be
from console.operations.plan import Concern, Effect, Plan, Settling, Step
from console.operations.policy_check import Ask, checked
from console.text import redact

if TYPE_CHECKING:
    from console.azure.compiler import Compiled, Compiler, Flaw

NOT_SEEN = "a PUT on a compute that is there, with all that it has and what is changed, was not seen on Azure by this console"
UNTOLD = "whether its password or key is the one that the file has cannot be told: Azure never gives it back, and it is not sent again"
#: Lines of a diff that a plan shows.
MOST_LINES = 40


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A compute opened for editing: its `text`, and the compute as it was then."""

    compute: Compute
    text: str


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What a text comes to: a `plan`; or `flaws`; or neither, when nothing would change. `notes` are for whoever agrees to the plan."""

    plan: Plan | None = None
    flaws: tuple[Flaw, ...] = ()
    notes: tuple[str, ...] = ()


class ComputeFiles:
    """`read` gives a compute's JSON (TroubleError when it is not there), `region` a workspace's location, `prices` the price lists.

    `ask` asks what policies have against a request; without it nobody asks.
    """

    def __init__(
        self,
        compiler: Callable[[], Compiler],
        read: Callable[[str], Awaitable[bytes]],
        region: Callable[[WorkspaceRef], Awaitable[str]],
        prices: Callable[[Compute], Awaitable[Prices]],
        ask: Ask | None = None,
    ) -> None:
        self._compiler = compiler
        self._read = read
        self._region = region
        self._prices = prices
        self._ask = ask

    async def open(self, compute_id: str) -> Opened:
        """A compute as YAML, as Azure has it now. Raises TroubleError."""
        place = WorkspaceRef.parse(compute_id)
        raw = await self._read(compute_id)
        told = await self._compiler().dump(place, _location(raw), json_of(raw))
        compute = requests.decode(raw, place)
        return Opened(compute=compute, text=_head(compute, told.yaml))

    async def edited(self, opened: Opened, text: str) -> Planned:
        """The plan of an edit: only what was changed in the text changes, whatever else changed in Azure meanwhile. Raises TroubleError."""
        compute = opened.compute
        before = await self._compiled(compute.workspace, compute.location, opened.text)
        after = await self._compiled(compute.workspace, compute.location, text)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        renamed = _renamed(compute, after.request.path, text)
        if renamed is not None:
            return Planned(flaws=(renamed,))
        raw = await self._read(compute.id)
        return await self._change(compute.id, raw, before, after, text, diff(opened.text, text))

    async def applied(self, place: WorkspaceRef, text: str, folder: Path | None = None) -> Planned:
        """The plan that makes a file's compute, or changes the one of that name where the file says otherwise. Raises TroubleError."""
        region = await self._region(place)
        alone = await self._compiled(place, region, text, folder=folder)
        name = name_in(text, compute_name_fault)
        raw = await self._found(f"{place.id}/computes/{name}") if name else None
        if raw is None:
            made = alone_planned(alone, place, region, await self._prices_for(alone, place, region))
            return made if made.plan is None else msgspec.structs.replace(made, plan=await self._asked(made.plan))
        told = await self._compiler().dump(place, _location(raw), json_of(raw))
        if alone.kind and alone.kind != told.fields["type"]:
            return Planned(flaws=(flaw_in("type", f"{name} is there already, and is a {told.fields['type']}", text),))
        before = await self._compiler().compile(place, _location(raw), fields=told.fields)
        after = await self._compiled(place, _location(raw), text, over=told.fields, folder=folder)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        planned = await self._change(requests.decode(raw, place).id, raw, before, after, text, "")
        stays = f"{name} is there already: what the file does not say stays as it is"
        return planned if planned.plan is None else msgspec.structs.replace(planned, notes=(stays, *planned.notes))

    async def _change(self, compute_id: str, raw: bytes, before: Compiled, after: Compiled, text: str, shown: str) -> Planned:
        from console.azure.slots import filled

        assert before.request is not None and after.request is not None
        compute = requests.decode(raw, WorkspaceRef.parse(compute_id))
        # A secret stands in another slot each time: compared is what stands for it.
        every = edits.changes(filled(before.request.body), filled(after.request.body))
        changed = tuple(change for change in every if not edits.untold(change))
        notes = after.notes if len(changed) == len(every) else (*after.notes, UNTOLD)
        told = edits.refusals(compute.kind, changed)
        if told:
            return Planned(flaws=_flaws(told, text))
        if not changed:
            return Planned(notes=notes)
        if fault := can_edit(compute):
            raise TroubleError(Trouble(TroubleKind.CONFLICT, f"{fault}; it can be edited when that has ended.", "Passing"))
        prices = await self._prices(compute)
        plan = _plan(compute, json_of(raw), changed, edits.changes(before.request.body, after.request.body), prices)
        return Planned(plan=with_diff(await self._asked(plan), shown), notes=notes)

    async def _asked(self, plan: Plan) -> Plan:
        """The plan with what policies say to it."""
        return plan if self._ask is None else await checked(plan, self._ask)

    async def _compiled(
        self, place: WorkspaceRef, region: str, text: str, *, over: Mapping[str, Any] | None = None, folder: Path | None = None
    ) -> Compiled:
        return await self._compiler().compile(place, region, yaml=text, over=over, folder=folder)

    async def _found(self, compute_id: str) -> bytes | None:
        try:
            return await self._read(compute_id)
        except TroubleError as error:
            if error.trouble.kind is TroubleKind.NOT_FOUND:
                return None
            raise

    async def _prices_for(self, compiled: Compiled, place: WorkspaceRef, region: str) -> Prices:
        return {} if compiled.request is None else await self._prices(to_be(compiled, place, region))


def can_edit(compute: Compute) -> str:
    """Why a compute cannot be edited ("" when it can)."""
    if compute.kind is Kind.UNREADABLE:
        return "Azure's answer about it could not be read"
    if compute.kind not in {Kind.INSTANCE, Kind.CLUSTER, Kind.KUBERNETES, Kind.VIRTUAL_MACHINE, Kind.SPARK}:
        return f"azure-ai-ml knows no YAML for a {compute.kind_word or compute.kind.label}"
    if compute.provisioning_state in {"Creating", "Updating", "Deleting"}:
        return f"{compute.name} is {compute.provisioning_state}"
    return ""


def alone_planned(compiled: Compiled, place: WorkspaceRef, region: str, prices: Prices) -> Planned:
    """The plan that makes a compute of which there is none."""
    if compiled.request is None:
        return Planned(flaws=compiled.flaws)
    return Planned(plan=created([(to_be(compiled, place, region), compiled.request)], prices), notes=compiled.notes)


def diff(before: str, after: str) -> str:
    """What differs between two texts of YAML, line by line, without their comments; secrets hidden, "" where it is only comments."""
    old, new = _lines(before), _lines(after)
    lines = [line for line in difflib.unified_diff(old, new, lineterm="", n=1) if not line.startswith(("---", "+++", "@@"))]
    more = [f"… and {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    return "\n".join([*lines[:MOST_LINES], *more])


def _lines(text: str) -> list[str]:
    import yaml

    written: str = yaml.safe_dump(redact(yaml.safe_load(text)), sort_keys=False, allow_unicode=True, width=120)
    return written.splitlines()


def _plan(
    compute: Compute, raw: Mapping[str, Any], changed: tuple[edits.Change, ...], sent: tuple[edits.Change, ...], prices: Prices
) -> Plan:
    """The smallest request that makes the changes: a PATCH of the scale, the idle shutdown alone, else a PUT of the whole."""
    wanted = {edits.field_of(change.path): change.after for change in changed}
    if edits.only(changed, (*edits.INNER, "scaleSettings")) and not scaling.can_scale(compute):
        patience = durations.parse(str(wanted.get("idle_time_before_scale_down") or ""))
        scale = scaling.Scale(wanted.get("min_instances"), wanted.get("max_instances"), patience)
        return scaling.scale([compute], scale, prices)
    length = durations.parse(str(wanted.get("idle_time_before_shutdown_minutes") or ""))
    if length is not None and len(changed) == 1 and not idle_shutdown.can_set(compute):
        return idle_shutdown.set_idle([compute], length, prices)
    return _whole(compute, raw, changed, sent)


def _whole(compute: Compute, raw: Mapping[str, Any], changed: tuple[edits.Change, ...], sent: tuple[edits.Change, ...]) -> Plan:
    """The plan of a PUT with all that the compute has and what is changed; undo puts back what it had."""
    step = Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.put(compute.id, edits.merged(raw, sent)),
        permission=WRITE,
        effects=(
            *(Effect(Concern.CHANGE, line) for line in edits.words(changed)),
            Effect(Concern.UNCHECKED, "whether Azure takes these changes on a compute that is there"),
        ),
        sdk="none that keeps what its entities do not know: ml_client.compute.begin_create_or_update(...)",
        rests_on=compute.aspect(MODIFIED),  # all of it is sent: nothing that somebody else changed may be overwritten
        aspect=MODIFIED,
        settles=Settling(),
    )
    undo = msgspec.structs.replace(step, request=requests.put(compute.id, edits.settable(raw)), effects=(), rests_on="")
    return Plan(
        verb="edit",
        title=f"Edit {compute.kind.label} {compute.name}",
        where=where_of([compute]),
        steps=(msgspec.structs.replace(step, undo=undo),),
        provenance=NOT_SEEN,
        undo_note="Undo puts back what it had.",
    )


def _head(compute: Compute, text: str) -> str:
    """The text below what somebody who edits it has to know."""
    fixed = sorted(edits.LASTING.get(compute.kind, edits.LASTING_FOR_ALL) - {"resource_id", "namespace"})
    told = f"{compute.kind.label} {compute.name} as az ml writes it. Save and leave the editor: the plan is shown before anything is sent. "
    lines = textwrap.wrap(f"{told}Fixed once it is there: name, {', '.join(fixed)}.", 77, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines) + text


def with_diff(plan: Plan, shown: str) -> Plan:
    """The plan with the lines that were edited before its other effects."""
    if not shown:
        return plan
    steps = tuple(msgspec.structs.replace(step, effects=(Effect(Concern.CHANGE, shown), *step.effects)) for step in plan.steps)
    return msgspec.structs.replace(plan, steps=steps)


def _renamed(compute: Compute, path: str, text: str) -> Flaw | None:
    """Another name makes another compute: that is no edit."""
    if path.rpartition("/")[2].lower() == compute.name.lower():
        return None
    return flaw_in("name", f"this is an edit of {compute.name}, whose name cannot change", text)


def _flaws(told: Mapping[str, str], text: str) -> tuple[Flaw, ...]:
    return tuple(sorted((flaw_in(field, why, text) for field, why in told.items()), key=lambda flaw: flaw.line))


def flaw_in(field: str, message: str, text: str) -> Flaw:
    """What is wrong with a field of a text, with its line."""
    from console.azure.compiler import Flaw
    from console.azure.compiler_yaml import read

    return Flaw(field, read(text)[1].line(tuple(field.split("."))), message)


def name_in(text: str, fault: Callable[[str], str | None]) -> str:
    """The name in a text; "" where it has none, or one that `fault` has something against."""
    from console.azure.compiler_yaml import YamlFlawError, read

    try:
        name = read(text)[0].get("name")
    except YamlFlawError:
        return ""
    return name if isinstance(name, str) and fault(name) is None else ""


def json_of(raw: bytes) -> dict[str, Any]:
    """The JSON of what Azure sent. Raises TroubleError where it is none."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except UNDECODABLE as error:
        sentence = f"Azure's answer could not be read: {error}. Try again in a moment."
        raise TroubleError(Trouble(TroubleKind.UNEXPECTED, sentence, "UnreadableAnswer", str(error))) from error


def _location(raw: bytes) -> str:
    return str(json_of(raw).get("location") or "")
