"""Offboarding: all that somebody has, as a list of what is done, what a plan takes away, and what is not to be had from here.

"Done" is said only of what was read as a whole; where something was not read, the state is a question.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts, What
from console.domain.access.grants import Grant, Pim
from console.domain.access.guards import Removal, refusals
from console.domain.access.naming import scope_words
from console.domain.access.places import Place
from console.domain.access.vault_policies import PolicyRef
from console.domain.access.verbs import VERBS, Kind
from console.domain.access.verdicts import Verdict
from console.domain.compute import Compute, Run


class State(StrEnum):
    """Where a line of the list stands. The words stand on screen."""

    PLAN = "plan"
    ELSEWHERE = "not from here"
    UNKNOWN = "?"
    DONE = "done"


class Topic(StrEnum):
    """What a line is about, in the order of the list: access first, then what runs, then what stays known."""

    ROLE = "role"
    GROUP = "group"
    PIM = "PIM"
    POLICY = "access policy"
    COMPUTE = "instance"
    JOB = "job"
    SCHEDULE = "schedule"
    KEY = "key"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line: `what` it is, `how` it is taken away, and what to `look_at`.

    `ref` is the id of what it is about: an assignment, a policy, a compute; `command` does it where the console does not.
    """

    key: str
    topic: Topic
    state: State
    what: str
    how: str = ""
    command: str = ""
    ref: str = ""
    look_at: str = ""


#: A line for a topic of which there is nothing, once all of it was read.
NOTHING: Mapping[Topic, str] = {
    Topic.ROLE: "holds no role directly in this estate",
    Topic.GROUP: "holds nothing through a group that has roles here",
    Topic.PIM: "may activate nothing here",
    Topic.POLICY: "no vault here has an access policy for them",
    Topic.COMPUTE: "no compute instance is theirs",
}
#: Ends of the operations (lower case) that give a storage account's keys, or what is signed with them.
_STORAGE_KEYS = (
    "/liststorageaccountkeys/action",
    "storageaccounts/listkeys/action",
    "/listservicesas/action",
    "/datastores/listsecrets/action",
)
#: By what verdicts somebody could: also where a condition, or one's own activation, stood before it.
_COULD = frozenset({Verdict.YES, Verdict.BY_KEY, Verdict.CONDITIONAL, Verdict.ELIGIBLE})


class Key(msgspec.Struct, frozen=True):
    """Credentials that somebody could list: `what` they are, how they are made anew, and the command for it."""

    what: str
    how: str
    command: str = ""


def keys_of(facts: Facts, place: Place, principal_id: str, where: str) -> tuple[Key, ...]:
    """What of a workspace's credentials a principal can list, by what the evaluator says of each way; `where` names the workspace.

    Whoever could list them may have them still: taking roles away changes no key.
    """
    row = evaluate(facts, place).row(principal_id)
    verbs: set[str] = set()
    operations: set[str] = set()
    for verb, cell in zip(VERBS, row, strict=True):
        for way, verdict in zip(verb.ways, cell.ways, strict=True):
            if verdict in _COULD and way.kind is not Kind.SELF:
                verbs.add(verb.key)
                operations.update(need.operation.lower() for need in way.needs)
    return tuple(_keys_by(verbs, operations, place, where))


def _keys_by(verbs: set[str], operations: set[str], place: Place, where: str) -> Iterator[Key]:
    """The credentials that these verbs and operations give."""
    vault = bool(place.vault) and "vault-secrets" in verbs
    by_operation = any(operation.endswith(word) for operation in operations for word in _STORAGE_KEYS)
    if place.storage and (by_operation or vault):
        name, group = _name_and_group(place.storage)
        line = ["az", "storage", "account", "keys", "renew", "--resource-group", group, "--account-name", name, "--key", "primary"]
        how = "renew both, one after the other; datastores by key need the new one"
        yield Key(f"keys of the storage account {name}", how, shlex.join(line))
    if vault:
        yield Key(f"secrets of the Key Vault {_name_and_group(place.vault)[0]}", "renew each at its source, and set the new value")
    elif "datastore-secrets" in verbs:
        yield Key(f"credentials of the datastores of {where}", "renew each at its source, and update the datastore")
    if "connection-secrets" in verbs:
        yield Key(f"credentials of the connections of {where}", "renew each at its source, and update the connection")
    if "endpoint-keys" in verbs:
        line = ["az", "ml", "online-endpoint", "regenerate-keys", "-g", place.workspace.resource_group, "-w", place.workspace.name]
        how = "regenerate those of each endpoint that goes by key"
        yield Key(f"keys of the online endpoints of {where}", how, f"{shlex.join(line)} --name ENDPOINT")
    if place.registry and any(operation.endswith("registries/listcredentials/action") for operation in operations):
        name = _name_and_group(place.registry)[0]
        line = ["az", "acr", "credential", "renew", "--name", name, "--password-name", "password"]
        yield Key(f"admin passwords of the container registry {name}", "where its admin user is enabled; then password2", shlex.join(line))


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the list is made of. `unread` are topics that were not read, with why; `me` is the object id of who looks.

    `rows` are grants as the principal's page has them. `runs` are the last runs by compute; `names` what the person is called in them.
    """

    principal_id: str
    names: frozenset[str]
    rows: Sequence[Grant]
    facts: Facts
    places: Sequence[Place]
    computes: Sequence[Compute]
    runs: Mapping[str, Run]
    keys: Iterable[Key]
    subscriptions: Mapping[str, str] = {}
    unread: Mapping[Topic, str] = {}
    me: str = ""


def lines(known: Known) -> tuple[Line, ...]:
    """The whole list. A topic without a line has one that says so, or that it is not known."""
    found = [*_roles(known), *_groups(known), *_eligible(known), *_policies(known), *_instances(known)]
    there = {each.topic for each in found}
    for topic, sentence in NOTHING.items():
        if topic in known.unread:
            found.append(Line(key=f"{topic}", topic=topic, state=State.UNKNOWN, what=f"not read: {known.unread[topic]}"))
        elif topic not in there:
            found.append(Line(key=f"{topic}", topic=topic, state=State.DONE, what=sentence))
    found += [*_jobs(known), _schedules(known), *_keys(known)]
    order = list(Topic)
    return tuple(sorted(found, key=lambda each: order.index(each.topic)))


def _roles(known: Known) -> Iterator[Line]:
    for each in known.rows:
        if each.fault:
            what = "an assignment that could not be read may be theirs"
            yield Line(key=each.id, topic=Topic.ROLE, state=State.UNKNOWN, what=what, how=each.fault)
        if each.via or each.pim is Pim.ELIGIBLE or each.fault:
            continue
        where = scope_words(each.scope, known.subscriptions)
        if each.pim is Pim.ACTIVE:
            how = "PIM gave it for a time: it ends by itself, sooner in the portal"
            yield Line(key=each.id, topic=Topic.ROLE, state=State.ELSEWHERE, what=f"{each.role_name} on {where}", how=how)
        else:
            yield Line(
                key=each.id,
                topic=Topic.ROLE,
                state=State.PLAN,
                what=f"{each.role_name} on {where}",
                how="removed with the rest",
                ref=each.id,
            )


def _groups(known: Known) -> Iterator[Line]:
    groups: dict[str, tuple[str, list[str]]] = {}
    for each in known.rows:
        if each.via:
            words = f"{each.role_name} on {scope_words(each.scope, known.subscriptions)}"
            groups.setdefault(each.principal_id, (each.via, []))[1].append(words)
    policies = (policy for vault in known.facts.vaults.values() if not vault.rbac for policy in vault.policies)
    for policy in policies:
        if known.principal_id in known.facts.directory.members.get(policy.object_id, ()):
            groups.setdefault(policy.object_id, (known.facts.name(policy.object_id), []))[1].append("secrets by an access policy")
    for group_id, (name, gives) in groups.items():
        told = ", ".join(dict.fromkeys(gives))
        against = refusals(known.facts, Removal(memberships=frozenset({(group_id, known.principal_id)})), known.me)
        yield Line(
            key=f"group {group_id}",
            topic=Topic.GROUP,
            state=State.ELSEWHERE,
            what=f"in {name}: {told}",
            how="the directory's to change; who is in it through another group has to leave that one",
            command=shlex.join(["az", "ad", "group", "member", "remove", "--group", group_id, "--member-id", known.principal_id]),
            look_at=" ".join(each.sentence for each in against),
        )


def _eligible(known: Known) -> Iterator[Line]:
    for each in known.rows:
        if each.pim is Pim.ELIGIBLE and not each.via and not each.fault:
            what = f"may activate {each.role_name} on {scope_words(each.scope, known.subscriptions)}"
            yield Line(key=each.id, topic=Topic.PIM, state=State.ELSEWHERE, what=what, how="PIM takes eligibilities away, in the portal")


def _policies(known: Known) -> Iterator[Line]:
    for vault in known.facts.vaults.values():
        for policy in vault.policies if not vault.fault else ():
            if policy.object_id == known.principal_id:
                ref = PolicyRef(vault.id, policy.object_id).id
                rests = " (roles decide there now: it is ignored)" if vault.rbac else ""
                what = f"secrets {', '.join(sorted(policy.secrets)) or 'none'} of the Key Vault {vault.id.rsplit('/', 1)[-1]}{rests}"
                yield Line(key=ref, topic=Topic.POLICY, state=State.PLAN, what=what, how="x makes the plan", ref=ref)


def _instances(known: Known) -> Iterator[Line]:
    for each in known.computes:
        if each.owner_id.lower() == known.principal_id:
            what = f"{each.name} in {each.workspace.name}: {each.shown_state}"
            yield Line(
                key=each.id,
                topic=Topic.COMPUTE,
                state=State.PLAN,
                what=what,
                how="enter goes there: stop or delete it",
                ref=each.id,
            )


def _jobs(known: Known) -> Iterator[Line]:
    for each in known.computes:
        run = known.runs.get(each.id)
        if run is not None and run.active and run.user and run.user in known.names:
            command = shlex.join(
                ["az", "ml", "job", "cancel", "-n", run.id, "-g", each.workspace.resource_group, "-w", each.workspace.name]
            )
            yield Line(
                key=f"job {run.id}",
                topic=Topic.JOB,
                state=State.ELSEWHERE,
                what=f"{run.id} on {each.name}: {run.status}",
                how="it runs on until it ends or is cancelled",
                command=command,
                ref=each.id,
            )
    asked, known_of = len(known.computes), sum(each.id in known.runs for each in known.computes)
    what = f"of {known_of} of {asked} computes the last run is known; older ones, and those on serverless compute, were not looked at"
    yield Line(key="jobs", topic=Topic.JOB, state=State.UNKNOWN, what=what, how="the jobs page of studio lists a person's")


def _schedules(known: Known) -> Line:
    """Job schedules are not read by the console: that is said rather than that there are none."""
    places = [place.workspace for place in known.places]
    command = shlex.join(["az", "ml", "schedule", "list", "-g", places[0].resource_group, "-w", places[0].name]) if len(places) == 1 else ""
    what = "schedules that submit jobs as them are not read here"
    return Line(
        key="schedules", topic=Topic.SCHEDULE, state=State.UNKNOWN, what=what, how="disable or recreate those as another", command=command
    )


def _keys(known: Known) -> Iterator[Line]:
    found = tuple(known.keys)
    for each in found:
        how = f"removal does not revoke it: {each.how}"
        yield Line(key=f"key {each.what}", topic=Topic.KEY, state=State.ELSEWHERE, what=each.what, how=how, command=each.command)
    unread = [each for each in known.facts.unread if each.what is What.ASSIGNMENTS]
    if unread:
        yield Line(key="keys", topic=Topic.KEY, state=State.UNKNOWN, what="there may be more keys: not all assignments were read")
    elif not found:
        what = "no key, secret or password that they can list now"
        yield Line(key="keys", topic=Topic.KEY, state=State.DONE, what=what, how="what they could list before is not known")


def _name_and_group(arm_id: str) -> tuple[str, str]:
    return arm_id.rstrip("/").rsplit("/", 1)[-1], scopes.segments(arm_id).get("resourcegroups", "")
