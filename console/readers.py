"""Readers: what feeds and look-ups ask of Azure, each by the gateway of one session, which may still be coming up."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from console.domain import scopes
from console.domain.access.assignments import Activation, DenyAssignment, Eligibility, RoleAssignment, is_assignment
from console.domain.access.assignments import Usage as AssignmentUsage
from console.domain.access.pim import ActivationRequest, is_activation
from console.domain.access.places import Vault
from console.domain.access.principals import Account, Principal
from console.domain.access.roles import RoleDefinition, is_role
from console.domain.access.vault_policies import HeldPolicy, PolicyRef
from console.domain.account_keys import AccountKeys, KeyNow, KeyRef
from console.domain.activity import Event
from console.domain.applications import Application
from console.domain.billing.budgets import Alert, Budget, is_alert, is_budget
from console.domain.billing.questions import Question
from console.domain.billing.standing import Standing
from console.domain.compute import Compute, Node, Run, VmSize
from console.domain.connections import Connection, SecretLink, is_connection
from console.domain.cost import region_key
from console.domain.creation import Lock
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore, is_datastore
from console.domain.key_vaults import KeyVault
from console.domain.metrics import NodeMetrics, Range, Series
from console.domain.networks import Network
from console.domain.permissions import Allowance
from console.domain.policies import Objection
from console.domain.readings import Reading
from console.domain.reasons.answer import Rights
from console.domain.resync import SyncNow, SyncRef
from console.domain.scopes import WorkspaceRef
from console.domain.secret_state import SecretState
from console.domain.storage_accounts import StorageAccount
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.usages import Limit, LimitRef, Usage
from console.domain.vault_secrets import Secret, SecretRef
from console.domain.workspaces import Subscription, Workspace

if TYPE_CHECKING:
    from console.azure.arm import ArmClient
    from console.azure.costs import Pages
    from console.azure.request import Request

#: What a plan's step changes.
Target = (
    Compute
    | Connection
    | Limit
    | RoleAssignment
    | RoleDefinition
    | ActivationRequest
    | HeldPolicy
    | Budget
    | Alert
    | Datastore
    | KeyNow
    | Secret
    | SyncNow
)
#: What run history asks of whoever reads it (built-in roles that read a workspace's jobs have it).
READ_RUNS = "Microsoft.MachineLearningServices/workspaces/experiments/runs/read"
#: What a region's name looks like (published swagger: `location`), without the spaces of a display name.
REGION = re.compile(r"^[a-z0-9]+$")


class Readers:
    """Every reading by its scope. `gateway` gives the client once it is there; each reader raises TroubleError."""

    def __init__(self, gateway: Callable[[], Awaitable[ArmClient]], graph_url: str, prices_url: str = "", vault_domain: str = "") -> None:
        self._gateway = gateway
        self._graph_url = graph_url
        self._prices_url = prices_url
        self._vault_domain = vault_domain
        self._data_planes: dict[str, str] = {}
        self._vault_addresses: dict[str, str] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def subscriptions(self) -> Reading[Subscription]:
        from console.azure import workspaces

        return await workspaces.read_subscriptions(await self._gateway())

    async def workspaces(self, subscription_id: str) -> Reading[Workspace]:
        from console.azure import workspaces

        return await workspaces.read(await self._gateway(), subscription_id)

    async def computes(self, workspace_id: str, before: Reading[Compute] | None = None) -> Reading[Compute]:
        """All computes of a workspace; those that are unchanged since `before` are the same objects."""
        from console.azure import computes

        return await computes.read(await self._gateway(), WorkspaceRef.parse(workspace_id), before)

    async def compute(self, compute_id: str) -> Compute:
        from console.azure import computes

        return await computes.read_one(await self._gateway(), compute_id)

    async def compute_json(self, compute_id: str) -> bytes:
        """A compute as Azure sends it, whole."""
        from console.azure import computes

        return (await (await self._gateway()).send(computes.get_request(compute_id))).body

    async def datastores(self, workspace_id: str, before: Reading[Datastore] | None = None) -> Reading[Datastore]:
        """All datastores of a workspace; those that are unchanged since `before` are the same objects."""
        from console.azure import datastores

        return await datastores.read(await self._gateway(), WorkspaceRef.parse(workspace_id), before)

    async def datastore_json(self, datastore_id: str) -> bytes:
        """A datastore as Azure sends it, whole; its secret is not in it."""
        from console.azure import datastores

        return (await (await self._gateway()).send(datastores.get_request(datastore_id))).body

    async def datastore(self, datastore_id: str) -> tuple[Datastore, bytes]:
        """A datastore as it is now, decoded and as Azure sends it."""
        from console.azure import datastores

        raw = await self.datastore_json(datastore_id)
        return datastores.decode(raw, WorkspaceRef.parse(datastore_id)), raw

    async def storage_accounts(self, subscription_id: str, before: Reading[StorageAccount] | None = None) -> Reading[StorageAccount]:
        """The storage accounts of a subscription that may be seen; those that are unchanged since `before` are the same objects."""
        from console.azure import storage_accounts

        return await storage_accounts.read(await self._gateway(), subscription_id, before)

    async def connections(self, workspace_id: str, before: Reading[Connection] | None = None) -> Reading[Connection]:
        """All connections of a workspace; those that are unchanged since `before` are the same objects."""
        from console.azure import connections

        return await connections.read(await self._gateway(), WorkspaceRef.parse(workspace_id), before)

    async def connection(self, connection_id: str) -> Connection:
        """A connection as it is now."""
        from console.azure import connections

        return await connections.read_one(await self._gateway(), connection_id)

    async def connection_json(self, connection_id: str) -> bytes:
        """A connection as Azure sends it, whole; its secret is not in it."""
        from console.azure import connections

        return (await (await self._gateway()).send(connections.get_request(connection_id))).body

    async def connection_settings(self, connection_id: str) -> Mapping[str, Any]:
        """What of a connection a change of it has to say again, as it is now, without its credentials."""
        from console.azure import connections
        from console.azure.errors import unreadable

        arm = await self._gateway()
        try:
            return connections.settings((await arm.send(connections.get_request(connection_id))).body)
        except ValueError as error:
            raise unreadable(str(error), f"GET {connection_id}", arm.clock.now()) from error

    async def secret_state(self, secret: SecretLink) -> SecretState:
        """The versions of a Key Vault's secret, by the vault's address, without their values; where they cannot be read, why."""
        from console.azure import vault_secrets

        try:
            reading = await vault_secrets.read_versions(await self._gateway(), SecretRef("", secret.name), secret.vault)
        except TroubleError as error:
            return SecretState(fault=error.trouble.sentence)
        return SecretState.of(reading.items)

    async def data_assets(self, workspace_id: str, before: Reading[DataAsset] | None = None) -> Reading[DataAsset]:
        """The data assets of a workspace that are not archived; unchanged ones are the objects of `before`."""
        from console.azure import data_assets

        return await data_assets.read(await self._gateway(), WorkspaceRef.parse(workspace_id), before)

    async def data_versions(self, version_ids: Sequence[str]) -> Mapping[str, DataVersion]:
        """ARM id of a version → that version."""
        from console.azure import data_assets

        arm = await self._gateway()
        return {version_id: await data_assets.read_version(arm, version_id) for version_id in version_ids}

    async def data_version_json(self, version_id: str) -> bytes:
        """A version of a data asset as Azure sends it, whole."""
        from console.azure import data_assets

        return (await (await self._gateway()).send(data_assets.version_request(version_id))).body

    async def region(self, place: WorkspaceRef) -> str:
        """The region of a workspace."""
        from console.azure import workspaces

        return (await workspaces.read_one(await self._gateway(), place)).location

    async def account_keys(self, account_id: str) -> AccountKeys:
        """How old the keys of a storage account are; none of them is read."""
        from console.azure import account_keys

        return await account_keys.read_one(await self._gateway(), account_id)

    async def account_named(self, subscription_id: str, name: str) -> AccountKeys | None:
        """The storage account of a name in a subscription, if one is seen there."""
        from console.azure import account_keys

        return await account_keys.find(await self._gateway(), subscription_id, name)

    async def target(self, target_id: str) -> Target:
        """What a plan's step changes, as it is now: a compute, data, a key, a secret, a limit, a budget, an alert, or of access."""
        if (key := KeyRef.parse(target_id)) is not None:
            return KeyNow(key, await self.account_keys(key.account_id))
        if (sync := SyncRef.parse(target_id)) is not None:
            return SyncNow(sync, (await self.workspace(sync.workspace)).provisioning_state)
        if is_datastore(target_id):
            return (await self.datastore(target_id))[0]
        if is_budget(target_id):
            from console.azure import budgets

            return await budgets.read_one(await self._gateway(), target_id)
        if is_alert(target_id):
            from console.azure import cost_alerts

            return await cost_alerts.read_one(await self._gateway(), target_id)
        if is_role(target_id):
            from console.azure import role_definitions

            return await role_definitions.read_one(await self._gateway(), target_id)
        if is_activation(target_id):
            from console.azure import pim

            return await pim.read_request(await self._gateway(), target_id)
        if is_assignment(target_id):
            from console.azure import assignments

            return await assignments.read_one(await self._gateway(), target_id)
        if is_connection(target_id):
            from console.azure import connections

            return await connections.read_one(await self._gateway(), target_id)
        if (policy := PolicyRef.parse(target_id)) is not None:
            from console.azure import vault_policies

            return await vault_policies.read_one(await self._gateway(), policy)
        if (secret := SecretRef.parse(target_id)) is not None:
            return await self.secret(secret)
        quota = LimitRef.parse(target_id)
        if quota is None:
            return await self.compute(target_id)
        from console.azure import quotas

        return await quotas.read_limit(await self._gateway(), quota)

    async def nodes(self, compute_id: str) -> Reading[Node]:
        from console.azure import computes

        return await computes.read_nodes(await self._gateway(), compute_id)

    async def activity_log(self, group_id: str, span: timedelta) -> Reading[Event]:
        """Events of a resource group, as far back as `span`."""
        from console.azure import activity_log

        return await activity_log.read(await self._gateway(), group_id, span)

    async def activity_of(self, resource_id: str, span: timedelta) -> Reading[Event]:
        """Events of one resource, as far back as `span`."""
        from console.azure import activity_log

        return await activity_log.read_of(await self._gateway(), resource_id, span)

    async def metrics(self, compute_id: str, over: Range) -> Reading[Series]:
        """How a cluster's nodes and load went over a time."""
        from console.azure import metrics

        return await metrics.read(await self._gateway(), compute_id, over)

    async def machines(self, workspace_id: str, span: timedelta, interval: str) -> Reading[NodeMetrics]:
        """How the nodes of all clusters of a workspace went over a time up to now, a mean for each `interval` (ISO 8601)."""
        from console.azure import metrics

        arm = await self._gateway()
        now = arm.clock.now()
        return await metrics.read_machines(arm, workspace_id, metrics.aligned(now - span, interval), now, interval)

    async def compute_events(self, group_id: str, since: datetime) -> Reading[Event]:
        """What was done to the computes of a resource group since a moment."""
        from console.azure import activity_log

        return await activity_log.read_computes(await self._gateway(), group_id, since)

    async def runs_since(self, compute_id: str, since: datetime, most: int) -> Reading[Run]:
        """The runs on a compute that were created since a moment, at most so many."""
        from console.azure import runs

        base = await self.data_plane(WorkspaceRef.parse(compute_id))
        return await runs.read_since(await self._gateway(), base, compute_id, since, most)

    async def rights(self, scope: str, principal_ids: Sequence[str]) -> Rights:
        """Roles that principals have together at a scope."""
        from console.azure import authorization

        arm = await self._gateway()
        roles: dict[str, None] = {}
        for principal_id in principal_ids:
            roles |= dict.fromkeys(await authorization.read_roles(arm, scope, principal_id))
        return Rights(tuple(roles), not roles.keys().isdisjoint(authorization.FULL.values()))

    async def recent_runs(self, compute_id: str, most: int) -> Reading[Run]:
        """The newest runs on a compute, at most so many; where run history has none to give, the trouble says what that means."""
        from console.azure import runs

        try:
            return await runs.read_recent(await self._gateway(), await self.data_plane(WorkspaceRef.parse(compute_id)), compute_id, most)
        except TroubleError as error:
            raise TroubleError(_of_run_history(error.trouble)) from error

    async def prices(self, scope: str) -> Reading[VmSize]:
        """The sizes of `SUBSCRIPTION/REGION`."""
        from console.azure import prices

        subscription, region = scope.split("/")
        return await prices.read(await self._gateway(), subscription, region)

    async def retail_prices(self, scope: str) -> Reading[VmSize]:
        """The size of `REGION/SIZE` with its prices in the retail price list."""
        from console.azure import retail_prices

        region, size = scope.split("/")
        return await retail_prices.read(await self._gateway(), self._prices_url, region, size)

    async def usages(self, scope: str) -> Reading[Usage]:
        """Cores used and allowed in `SUBSCRIPTION/REGION`."""
        from console.azure import quotas

        subscription, region = scope.split("/")
        return await quotas.read(await self._gateway(), subscription, region)

    async def locks(self, scope: str) -> Sequence[Lock]:
        """Management locks that hold for an ARM scope."""
        from console.azure import locks

        return await locks.read(await self._gateway(), scope)

    async def policies(self, planned: Request) -> Sequence[Objection]:
        """What policies have against a PUT of a compute that is planned."""
        from console.azure import policies

        return await policies.check(await self._gateway(), planned)

    async def network(self, network_id: str) -> Network:
        """A virtual network with its subnets."""
        from console.azure import networks

        return await networks.read(await self._gateway(), network_id)

    async def users(self, words: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Object ids or user principal names → object id and name; who is not found is left out."""
        from console.azure import graph

        return await graph.find_users(await self._gateway(), self._graph_url, words)

    async def quotas(self, scope: str) -> Reading[Usage]:
        """The limits in `SUBSCRIPTION/REGION`, those of single workspaces included."""
        from console.azure import quotas

        subscription, region = scope.split("/")
        return await quotas.read_limits(await self._gateway(), subscription, region)

    async def allowance(self, workspace_id: str) -> Allowance:
        from console.azure import authorization

        return await authorization.read_allowance(await self._gateway(), workspace_id)

    async def last_runs(self, compute_ids: Sequence[str]) -> Mapping[str, Run]:
        """Compute id → the last run on it; those on which nothing ever ran are left out."""
        arm = await self._gateway()
        from console.azure import runs

        found: dict[str, Run] = {}
        for compute_id in compute_ids:
            reading = await runs.read_last(arm, await self.data_plane(WorkspaceRef.parse(compute_id)), compute_id)
            if reading.items:
                found[compute_id] = reading.items[0]
        return found

    async def names(self, object_ids: Sequence[str]) -> Mapping[str, str]:
        from console.azure import graph

        return await graph.read_names(await self._gateway(), self._graph_url, object_ids)

    async def workspace(self, place: WorkspaceRef) -> Workspace:
        from console.azure import workspaces

        return await workspaces.read_one(await self._gateway(), place)

    async def assignments(self, scope: str, before: Reading[RoleAssignment] | None = None) -> Reading[RoleAssignment]:
        """The role assignments at, above and below an ARM scope; those that are unchanged since `before` are the same objects."""
        from console.azure import assignments

        return await assignments.read(await self._gateway(), scope, before)

    async def dry_run(self, request: Request) -> str:
        """Why Azure would not take an assignment ("" where it would)."""
        from console.azure import dry_run

        return await dry_run.refusal(await self._gateway(), request)

    async def denies(self, scope: str) -> Reading[DenyAssignment]:
        from console.azure import assignments

        return await assignments.read_denies(await self._gateway(), scope)

    async def assignment_usage(self, subscription_id: str) -> Reading[AssignmentUsage]:
        from console.azure import assignments

        return await assignments.read_usage(await self._gateway(), subscription_id)

    async def role_definitions(self, scope: str) -> Reading[RoleDefinition]:
        from console.azure import role_definitions

        return await role_definitions.read(await self._gateway(), scope)

    async def eligibilities(self, subscription_id: str) -> Reading[Eligibility]:
        from console.azure import pim

        return await pim.read_eligibilities(await self._gateway(), subscription_id)

    async def activations(self, subscription_id: str) -> Reading[Activation]:
        from console.azure import pim

        return await pim.read_activations(await self._gateway(), subscription_id)

    async def own_eligibilities(self, subscription_id: str) -> Reading[Eligibility]:
        """What the signed-in user may activate; whoever is signed in may ask."""
        from console.azure import pim

        return await pim.read_own_eligibilities(await self._gateway(), subscription_id)

    async def own_activations(self, subscription_id: str) -> Reading[Activation]:
        """What PIM tells of the signed-in user's own role assignments."""
        from console.azure import pim

        return await pim.read_own_activations(await self._gateway(), subscription_id)

    async def role_definition(self, definition_id: str) -> RoleDefinition:
        from console.azure import role_definitions

        return await role_definitions.read_one(await self._gateway(), definition_id)

    async def dry_activation(self, request: Request) -> str:
        """Why Azure would not take an activation ("" where it would)."""
        from console.azure import dry_run

        return await dry_run.activation_refusal(await self._gateway(), request)

    async def vault(self, vault_id: str) -> Vault:
        from console.azure import vaults

        return await vaults.read_one(await self._gateway(), vault_id)

    async def whole_vault(self, workspace_id: str, *, by_name: bool = True) -> Reading[KeyVault]:
        """The vault of a workspace with all its settings; none where the workspace has none.

        One that tells its settings to nobody who asks is known by its name alone, where `by_name` lets it.
        """
        from console.azure import vaults

        place = WorkspaceRef.parse(workspace_id)
        reading = await vaults.read_of(await self._gateway(), place, self._vault_domain if by_name else "")
        self._vault_addresses |= {scopes.key(each.id): each.address for each in reading.items if each.address}
        return reading

    async def secrets(self, vault_id: str, before: Reading[Secret] | None = None) -> Reading[Secret]:
        """The secrets of a vault without their values; those that are unchanged since `before` are the same objects."""
        from console.azure import vault_secrets

        return await vault_secrets.read(await self._gateway(), vault_id, await self.vault_address(vault_id), before)

    async def deleted_secrets(self, vault_id: str, before: Reading[Secret] | None = None) -> Reading[Secret]:
        """What was deleted in a vault and can be recovered."""
        from console.azure import vault_secrets

        return await vault_secrets.read_deleted(await self._gateway(), vault_id, await self.vault_address(vault_id), before)

    async def secret_versions(self, secret_id: str) -> Reading[Secret]:
        """Every version of a secret, named by its id, without values."""
        from console.azure import vault_secrets

        ref = SecretRef.parse(secret_id)
        if ref is None:
            raise ValueError(f"{secret_id!r} is no secret's id")
        return await vault_secrets.read_versions(await self._gateway(), ref, await self.vault_address(ref.vault))

    async def secret(self, ref: SecretRef) -> Secret:
        """The newest version of a secret, or the deleted one of that name, without its value."""
        from console.azure import vault_secrets

        return await vault_secrets.read_one(await self._gateway(), ref, await self.vault_address(ref.vault))

    async def vault_address(self, vault_id: str) -> str:
        """Where a vault's secrets are, as ARM tells it; read once."""
        from console.azure import vaults

        if (known := self._vault_addresses.get(scopes.key(vault_id))) is None:
            reading = await vaults.read_whole(await self._gateway(), vault_id, WorkspaceRef("", "", ""))
            known = reading.items[0].address
            if not known:
                raise TroubleError(Trouble(Kind.UNEXPECTED, f"Azure does not tell where {vault_id} is.", "NoVaultAddress"))
            self._vault_addresses[scopes.key(vault_id)] = known
        return known

    async def data_allowances(self, scope_ids: Sequence[str]) -> Mapping[str, Allowance]:
        """ARM id → what the signed-in user may do there, operations on data included."""
        return {scope: await self.allowance(scope) for scope in scope_ids}

    async def vault_policy(self, policy: PolicyRef) -> HeldPolicy:
        """The access policy of a principal on a vault, whole."""
        from console.azure import vault_policies

        return await vault_policies.read_one(await self._gateway(), policy)

    async def budgets(self, scope: str) -> Reading[Budget]:
        """The budgets of a subscription or of a resource group."""
        from console.azure import budgets

        return await budgets.read(await self._gateway(), scope)

    async def budget_json(self, budget_id: str) -> bytes:
        """A budget as Azure sends it now, whole."""
        from console.azure import budgets

        return await budgets.read_json(await self._gateway(), budget_id)

    async def cost_alerts(self, scope: str) -> Reading[Alert]:
        """Cost Management's alerts of a subscription or of a resource group."""
        from console.azure import budgets

        return await budgets.read_alerts(await self._gateway(), scope)

    async def registries(self, subscription_id: str) -> Reading[Standing]:
        """The container registries of a subscription."""
        from console.azure import registries

        return await registries.read(await self._gateway(), subscription_id)

    async def online_deployments(self, workspace_id: str) -> Reading[Standing]:
        """The deployments of all online endpoints of a workspace."""
        from console.azure import online_deployments

        return await online_deployments.read(await self._gateway(), WorkspaceRef.parse(workspace_id))

    async def cost_pages(self, request: Request, question: Question) -> Pages:
        """The answer to a question of cost, to be read page by page; nothing is asked yet."""
        from console.azure.costs import Pages

        return Pages(await self._gateway(), request, question)

    async def principals(self, object_ids: Sequence[str]) -> Mapping[str, Principal]:
        """Object id → principal; whom the directory does not know is left out."""
        from console.azure import directory

        return await directory.read_principals(await self._gateway(), self._graph_url, object_ids)

    async def applications(self, client_ids: Sequence[str]) -> Mapping[str, Application]:
        """Client id → application of the directory, with when its secrets and certificates end."""
        from console.azure import applications

        return await applications.read_applications(await self._gateway(), self._graph_url, client_ids)

    async def accounts(self, user_ids: Sequence[str]) -> Mapping[str, Account]:
        """Object id of a user → guest or not, enabled or not."""
        from console.azure import directory

        return await directory.read_accounts(await self._gateway(), self._graph_url, user_ids)

    async def members(self, group_ids: Sequence[str]) -> Mapping[str, tuple[Principal, ...]]:
        """Object id of a group → its transitive members."""
        from console.azure import directory

        return await directory.read_members(await self._gateway(), self._graph_url, group_ids)

    async def found_principals(self, text: str) -> tuple[Principal, ...]:
        """Users, groups and service principals whose names have a text."""
        from console.azure import directory

        return await directory.search(await self._gateway(), self._graph_url, text)

    async def data_plane(self, place: WorkspaceRef) -> str:
        """Base URL of a workspace's data plane, read once."""
        from console.azure import runs, workspaces

        where = scopes.key(place.id)
        # Several jobs are looked up at once, and each of them would ask.
        async with self._asking.setdefault(where, asyncio.Lock()):
            if where not in self._data_planes:
                arm = await self._gateway()
                self._data_planes[where] = await runs.data_plane(arm, await workspaces.read_one(arm, place))
        return self._data_planes[where]


def _of_run_history(trouble: Trouble) -> Trouble:
    """The same trouble, told as what it means for a list of jobs: run history is no public contract of Azure."""
    if trouble.kind is Kind.PERMISSION:
        told = f"You may not read jobs here: run history asks for {READ_RUNS.split('/', 1)[1]}."
    elif trouble.kind is Kind.NOT_FOUND:
        told = f"Run history gives no list of jobs for it (HTTP {trouble.status or '?'}), and Azure has no other."
    else:
        return trouble
    return replace(trouble, sentence=f"{told} {trouble.sentence}")


def price_scope(compute: Compute) -> str:
    """Where a compute's prices are read: `SUBSCRIPTION/REGION`; "" for a region that is none, whose name would end up in a path."""
    region = region_key(compute.location)
    return f"{compute.workspace.subscription_id}/{region}" if REGION.match(region) else ""
