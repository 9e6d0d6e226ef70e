"""The emulated company as the console would have read it, whole; and where the console's verdicts and the emulator's enforcement differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from console.domain.access.assignments import DenyAssignment, Eligibility, RoleAssignment
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.places import AccessPolicy, At, Place, Vault
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import RoleDefinition
from console.domain.access.verbs import BY_KEY, INDEX, VERBS, Model, Need, Way
from console.domain.access.verdicts import HOLDING, Verdict
from console.domain.permissions import Permission
from console.domain.scopes import WorkspaceRef, key
from console.emulator import estate as theirs
from console.emulator.rbac import decide, reaches
from tests.domain.access.estate import builtin


def place_of(workspace: theirs.Workspace) -> Place:
    """A workspace with its companions, as its own JSON names them."""
    ref = WorkspaceRef(workspace.subscription_id, workspace.resource_group, workspace.name)
    storage, vault, registry = (str(workspace.body[name] or "") for name in ("storageAccount", "keyVault", "containerRegistry"))
    return Place(ref, storage=storage, vault=vault, registry=registry)


def facts_of(company: theirs.Estate) -> Facts:
    """Everything of the company that access is decided from."""

    def read_in(scope: str) -> frozenset[str]:
        """The subscriptions in whose lists something at a scope stands."""
        return frozenset(one for one in company.subscriptions if reaches(company, scope, f"/subscriptions/{one}"))

    held = tuple(
        RoleAssignment(
            id=each.id,
            scope=each.scope,
            role=each.role_definition_guid.lower(),
            principal_id=each.principal_id.lower(),
            principal_kind=PrincipalKind(each.principal_type),
            condition=each.condition or "",
            read_in=read_in(each.scope),
        )
        for each in company.role_assignments.values()
    )
    eligible = tuple(
        Eligibility(
            id=each.instance,
            scope=each.scope,
            role=each.role_definition_guid.lower(),
            principal_id=each.principal_id.lower(),
            read_in=read_in(each.scope),
        )
        for each in company.eligibilities.values()
    )
    denies = tuple(
        DenyAssignment(
            id=each.id,
            scope=each.scope,
            permissions=tuple(map(_block, each.permissions)),
            principals=frozenset(one["id"].lower() for one in each.principals),
            excluded=frozenset(one["id"].lower() for one in each.exclude_principals),
            only_here=each.do_not_apply_to_child_scopes,
            read_in=read_in(each.scope),
        )
        for each in company.deny_assignments.values()
    )
    custom = {
        guid: RoleDefinition(id=guid, guid=guid, name=role.name, custom=True, permissions=tuple(map(_block, role.permissions)))
        for guid, role in company.custom_roles.items()
    }
    return Facts(
        roles={**builtin(), **custom},
        assignments=held,
        eligibilities=eligible,
        denies=denies,
        directory=_directory(company),
        vaults={key(each.id): _vault(each) for each in company.vaults.values()},
    )


def _block(block: dict[str, Any]) -> Permission:
    names = ("actions", "notActions", "dataActions", "notDataActions")
    return Permission(*(tuple(block.get(name) or ()) for name in names), block.get("condition"))


def _directory(company: theirs.Estate) -> Directory:
    kinds = dict.fromkeys(company.people, PrincipalKind.USER)
    kinds |= {one.object_id: PrincipalKind.SERVICE_PRINCIPAL for one in company.identities.values()}
    kinds |= {one.identity["principalId"]: PrincipalKind.SERVICE_PRINCIPAL for one in company.workspaces.values() if one.identity}
    kinds |= dict.fromkeys(company.groups, PrincipalKind.GROUP)
    # Whom the directory does not know any more.
    gone = {one.principal_id for one in company.role_assignments.values()} - kinds.keys()
    return Directory(
        principals={who: Principal(id=who, kind=kind, name=who, enabled=True) for who, kind in kinds.items()},
        members={group: frozenset(_inside(company, group)) for group in company.groups},
        gone=frozenset(gone),
    )


def _inside(company: theirs.Estate, group: str) -> set[str]:
    """The transitive members of a group, found from above."""
    found: set[str] = set()
    waiting = [group]
    while waiting:
        for member in company.groups[waiting.pop()].members - found:
            found.add(member)
            if member in company.groups:
                waiting.append(member)
    return found - {group}


def _vault(vault: theirs.Vault) -> Vault:
    policies = tuple(
        AccessPolicy(each["objectId"], frozenset(word.lower() for word in each["permissions"].get("secrets", ())))
        for each in vault.body.get("accessPolicies", ())
    )
    return Vault(id=vault.id, rbac=bool(vault.body["enableRbacAuthorization"]), policies=policies)


class Judges:
    """The emulator's answer beside the console's: now, once everything that PIM may activate is active, and of denials alone."""

    def __init__(self, company: theirs.Estate) -> None:
        self.company, self.facts = company, facts_of(company)
        active = [
            theirs.RoleAssignment(one.instance, one.scope, one.role_definition_guid, one.principal_id, "User", company.epoch, "")
            for one in company.eligibilities.values()
        ]
        assignments = {**company.role_assignments, **{one.id.lower(): one for one in active}}
        self.activated = replace(company, role_assignments=assignments, access=None)
        self.held_at = {one.scope for one in assignments.values()}
        self.undenied = replace(self.activated, deny_assignments={}, access=None)
        everything = {"actions": ["*"], "dataActions": ["*"]}
        role = theirs.CustomRole("all", "all", None, ("/",), [everything], company.epoch, "", company.epoch, "")
        given = [theirs.RoleAssignment(who, "", "all", who, "User", company.epoch, "") for who in self.facts.directory.principals]
        held = {one.id: one for one in given}
        self.almighty = replace(company, custom_roles={"all": role}, role_assignments=held, access=None)

    def differences(self, place: Place, people: Iterable[str]) -> Iterator[str]:
        """Each way of each verb of which the two say something else, in a sentence."""
        matrix = evaluate(self.facts, place)
        vault = self.facts.vault(place.vault)
        for who in people:
            for verb in VERBS:
                for way, verdict in zip(verb.ways, matrix.cell(who, verb).ways, strict=True):
                    if any(need.policy for need in way.needs) or any(not place.scope(need.at) for need in way.needs):
                        continue
                    expected = self.expected(way, place, who, vault is None or vault.rbac)
                    if verdict not in expected:
                        yield f"{who} {place.workspace.name} {way.words}: {verdict.name}, the emulator: {[each.name for each in expected]}"

    def readers_by_policy(self, place: Place) -> set[str]:
        """Who reads the vault's secrets by an access policy, as the console says."""
        verb = BY_KEY["vault-secrets"]
        (number,) = (number for number, way in enumerate(verb.ways) if any(need.policy for need in way.needs))
        return {who for who, row in evaluate(self.facts, place).rows.items() if row[INDEX[verb.key]].ways[number] is Verdict.YES}

    def expected(self, way: Way, place: Place, who: str, rbac: bool) -> tuple[Verdict, ...]:
        """What the console may say of a way by what the emulator enforces."""
        if any(need.model is (Model.POLICIES if rbac else Model.ROLES) for need in way.needs):
            return (Verdict.NO,)
        holding = Verdict.CONDITIONAL if way.provided else HOLDING[way.kind]
        now = [decide(self.company, who, need.operation, _done_at(need, place), need.data) for need in way.needs]
        if all(each.allowed for each in now):
            return (holding, *self._unsure(way, place))
        later = (
            now
            if not self.company.eligibilities
            else [decide(self.activated, who, need.operation, _done_at(need, place), need.data) for need in way.needs]
        )
        if all(each.allowed for each in later):
            return (Verdict.CONDITIONAL if way.provided else Verdict.ELIGIBLE, *self._unsure(way, place))
        if any(self._denied(need, place, who) for need in way.needs):
            return (Verdict.NO, *self._unsure(way, place))
        if all(each.allowed or each.unfulfilled or self._for_a_part(need, place, who) for each, need in zip(later, way.needs, strict=True)):
            return (Verdict.CONDITIONAL, *self._unsure(way, place))
        return (Verdict.NO,)

    def _unsure(self, way: Way, place: Place) -> tuple[Verdict, ...]:
        """What the console may say where a denial is of the place alone: whether that is of what lies in it is not documented."""
        alone = {key(each.scope) for each in self.company.deny_assignments.values() if each.do_not_apply_to_child_scopes}
        return (Verdict.UNKNOWN,) if any(key(place.scope(need.at)) in alone and not need.of_itself for need in way.needs) else ()

    def _denied(self, need: Need, place: Place, who: str) -> bool:
        """Whether a denial stands against it, whatever is held: asked of somebody who holds everything."""
        return (
            bool(self.company.deny_assignments)
            and decide(self.almighty, who, need.operation, _done_at(need, place), need.data).denied_by is not None
        )

    def _for_a_part(self, need: Need, place: Place, who: str) -> bool:
        """Whether it is granted somewhere beneath: on a container, a secret, an endpoint."""
        top = key(place.scope(need.at)) + "/"
        if need.at in (At.GROUP, At.SUBSCRIPTION):
            return False
        inner = [scope for scope in self.held_at if key(scope).startswith(top)]
        found = [decide(self.undenied, who, need.operation, scope, need.data) for scope in inner]
        return any(each.allowed or each.unfulfilled for each in found)


def _done_at(need: Need, place: Place) -> str:
    """The ARM id of what an operation is done to: beneath the place where its type is, as a compute is beneath its workspace."""
    kinds = need.operation.removesuffix("/action").split("/")[1:-1]
    scope = place.scope(need.at)
    own = scope.lower().split("/")[-2]
    beneath = kinds[1:] if kinds and kinds[0].lower() == own else []
    return scope + "".join(f"/{kind}/any" for kind in beneath)
