"""The session: one sign-in with its gateway, feeds and runner wired together; the core of the TUI and of the headless commands alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from console import collector, keeping, places
from console.access.now import AccessNow
from console.access.pim_now import PimNow
from console.access.who import WhoNow
from console.activity_now import ActivityNow
from console.clock import ServerClock
from console.cloud import Cloud
from console.connections_now import ConnectionsNow
from console.context import Context
from console.costs.costs import Costs
from console.data_now import DataNow
from console.data_ways import DataWays
from console.domain import scopes
from console.domain.access.pim import is_activation
from console.domain.account_keys import AccountKeys
from console.domain.compute import Compute, Node, Run, VmSize
from console.domain.connections import is_connection
from console.domain.cost import PriceList, by_name, region_key
from console.domain.datastores import is_datastore
from console.domain.findings.vaults import production
from console.domain.metrics import Range, Series
from console.domain.permissions import UNKNOWN_ALLOWANCE
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_secrets import Secret
from console.domain.workspaces import Workspace
from console.entrance import Attempt, Entrance
from console.expiry_now import ExpiryNow
from console.favourites import Favourites
from console.feeds.access_findings import AccessFindings
from console.feeds.compute_findings import ComputeFindings
from console.feeds.connection_findings import ConnectionFindings
from console.feeds.data_findings import DataFindings, DatastoreFindings
from console.feeds.expiry_findings import ExpiryFindings
from console.feeds.feed import Cadence, Feed
from console.feeds.findings import Findings
from console.feeds.last_look import LastLook
from console.feeds.lookup import Lookup
from console.feeds.owners import keep_owner, last_owner
from console.feeds.quota_findings import QuotaFindings
from console.feeds.scheduler import Scheduler
from console.feeds.snapshots import Owner, Snapshots
from console.feeds.snoozes import Snoozes
from console.feeds.storage_findings import StorageFindings
from console.feeds.vault_findings import SecretFindings, VaultFindings
from console.inquiries import Inquiries
from console.money import Money
from console.preflight import Preflight
from console.quota_now import QuotaNow
from console.readers import Readers, price_scope
from console.rotation_now import AccountUsers, RotationNow
from console.settings import Settings
from console.storage_now import StorageNow
from console.vaults_now import VaultsNow
from console.visible import VisibleWorkspaces

if TYPE_CHECKING:
    from console.access.bundles import AccessBundles
    from console.access.desk import AccessDesk
    from console.access.offboarding import OffboardingNow
    from console.access.reviews import Reviews
    from console.access.role_desk import RoleDesk
    from console.azure.access_compiler import AccessCompiler
    from console.azure.arm import ArmClient
    from console.azure.compiler import Compiler
    from console.azure.key_vault import KeyVaults
    from console.azure.signin import SignIn
    from console.operations.compute_files import ComputeFiles
    from console.operations.connection_files import ConnectionFiles
    from console.operations.datastore_files import DatastoreFiles
    from console.operations.operation import Operation, StepRun
    from console.operations.runner import Runner
    from console.operations.shelf import Holder

T = TypeVar("T")
log = logging.getLogger(__name__)


class Session:
    """Everything that a screen may ask for. Built without touching the network; `start` signs in and begins to poll.

    The gateway's libraries are imported by `connect`, not by this module, so that a first screen can be drawn before.
    """

    def __init__(self, settings: Settings, cloud: Cloud, signin: SignIn) -> None:
        self.settings = settings
        self.cloud = cloud
        self.signin = signin
        self.entrance = Entrance(signin)
        self.clock = ServerClock()
        self.context = Context(
            name=settings.context or "",
            write=settings.mode == "write",
            write_reason=settings.mode_source,
            emulated=cloud.emulated,
            protected=frozenset(name.lower() for name in settings.protected),
            subscription_names={each.id: each.name for each in cloud.subscriptions},
        )
        self.scheduler = Scheduler()
        self.favourites = Favourites(settings.state_dir / "favourites.json")
        self.trouble: Trouble | None = None
        #: Why no workspace was open once the session had started; None where one was.
        self.unplaced: Trouble | None = None
        #: What cannot be kept on this machine, a sentence each; known once connected.
        self.unkept: tuple[str, ...] = ()
        #: Grows with all that is learnt: what screens show of rows that are the same objects can differ only where this does, or by age.
        self.news = 0
        self._arm: ArmClient | None = None
        self._key_vaults: KeyVaults | None = None
        self._connected = asyncio.Event()
        self._runner: Runner | None = None
        self._compiler: Compiler | None = None
        self._access_compiler: AccessCompiler | None = None
        self._listeners: list[Callable[[], None]] = []
        self._step_listeners: list[Callable[[Operation, StepRun], None]] = []
        self._readers = Readers(self._gateway, cloud.graph, cloud.prices, cloud.vault_domain)
        self._tasks: set[asyncio.Task[None]] = set()
        self._time_asked: asyncio.Task[None] | None = None
        self._snapshots = Snapshots(settings.cache_dir / "snapshots", self._remembered_owner())
        # A demo's emulator is gone with it: nobody could read its snapshots again.
        kept = None if settings.demo else self._snapshots
        self.computes: Feed[Compute] = Feed(
            "computes", self._read_computes, Cadence(30, 5, 120), self.clock, lambda item: item.passing, kept, Compute
        )
        self.prices: Feed[VmSize] = Feed(
            "sizes", self._readers.prices, Cadence(14_400, 0, 14_400), self.clock, snapshots=kept, item_type=VmSize
        )
        self.retail: Feed[VmSize] = Feed(
            "retail prices", self._readers.retail_prices, Cadence(86_400, 0, 86_400), self.clock, snapshots=kept, item_type=VmSize
        )
        self.visible = VisibleWorkspaces(self._readers, self.context, self._held_up)
        self.workspaces: Feed[Workspace] = Feed(
            "workspaces", self.visible.read, Cadence(300, 0, 0), self.clock, snapshots=kept, item_type=Workspace
        )
        self.visible.feed = self.workspaces
        for feed in (self.computes, self.prices, self.retail, self.workspaces):
            self.scheduler.add(feed)
        self.money = Money(self.computes, self.prices, self.clock, self.retail if cloud.prices else None)
        self.costs = Costs(
            settings,
            self._readers,
            self.scheduler,
            self.context,
            self.clock,
            self.computes,
            self.workspaces,
            self.money.price_lists,
            self.money.rate,
            self.money.follow,
            lambda: self.findings,
            lambda: self._snapshots.owner,
            lambda compute: self.visible.tags(compute.workspace) | compute.tags,
            self._learn_the_time,
            self._changed,
            resource_manager=cloud.resource_manager,
        )
        self.activity = ActivityNow(
            self._readers,
            self.scheduler,
            self.clock,
            settings.state_dir / "journal",
            cloud.resource_manager,
            LastLook(settings.state_dir / "last-look.json"),
            lambda: self._snapshots.owner if self.context.object_id else None,
            self._learn_the_time,
        )
        self.last_runs: Lookup[Run] = Lookup(self._readers.last_runs, self.clock, self._changed, keep=300)
        self.names: Lookup[str] = Lookup(self._readers.names, self.clock, self._changed, keep=86_400, batch=1_000)
        self.inquiries = Inquiries(self._readers, self.context, self.clock, self._changed)
        self.compute_findings = ComputeFindings(self.computes, self.last_runs, self.money.price_list, self.clock)
        self.quota = QuotaNow(
            self._readers,
            self.computes,
            self.money.price_lists,
            self.last_runs.get,
            self.workspaces,
            self.visible.enumerate,
            lambda: self.context.where,
            self.clock,
        )
        self.data = DataNow(self._readers, lambda: self.context.where, self.clock, self._changed, kept)
        self.datastores, self.data_assets = self.data.feeds
        self.account_users = AccountUsers(self._readers, self._all_workspaces)
        self.storage = StorageNow(
            self._readers,
            self.datastores,
            self.data.begin,
            self.workspaces,
            self.visible.enumerate,
            lambda: self.context.where,
            self.clock,
        )
        self.connections_now = ConnectionsNow(self._readers, lambda: self.context.where, self.clock, self._changed, kept)
        self.connections = self.connections_now.feed
        self.access = AccessNow(self._readers, lambda: self.context.where, self.clock, self._changed, kept)
        for each in self.access.feeds:
            self.scheduler.add(each)
        self.who = WhoNow(self.access, self.context, self.clock, self._changed)
        self._desk: AccessDesk | None = None
        self._bundles: AccessBundles | None = None
        self._role_desk: RoleDesk | None = None
        self.pim = PimNow(self._readers, self.context, self.clock, lambda: self.access_compiler, self._changed)
        self.context.may_activate = self.pim.offer
        for own in self.pim.feeds:
            self.scheduler.add(own)
        self.vaults = VaultsNow(self._readers, self.context, self.access.people, self.clock, self._changed)
        self.expiry = ExpiryNow(
            self._readers,
            self.vaults,
            self.connections_now,
            self.data,
            self.storage,
            self.context,
            lambda: self.runner,
            self.clock,
            self._changed,
            kept,
        )
        self.expiry_findings = ExpiryFindings(lambda: self.expiry.items, self.expiry.rows.touch, self.clock)
        self.vault_findings = VaultFindings(lambda: self.vaults.vaults, self.vaults.found, self._is_important)
        self.secret_findings = SecretFindings(self.vaults.secrets, self.clock)
        self.access_findings = AccessFindings(self.access.grants, (self.access.assignments, self.access.definitions), self.clock)
        self.quota_findings = QuotaFindings(self.quota.families, (self.quota.usages, self.quota.limits))
        self.ways = DataWays(
            lambda: self.datastores.items,
            self.data.version,
            self.storage.named,
            self.storage.unseen,
            lambda: self.access.workspaces.items,
            self.access.facts,
            self.access.rests_on,
            self.access.read_in,
            lambda: self.context.object_id.lower(),
            self.clock,
        )
        self.datastore_findings = DatastoreFindings(self.datastores, self.ways.of, self.ways.read_at)
        self.data_findings = DataFindings(self.data_assets, self.data.version, self.clock)
        self.storage_findings = StorageFindings(self.storage.used, (self.datastores, self.storage.accounts), self.clock)
        self.connection_findings = ConnectionFindings(self.connections, self.connections_now.secret, self.clock)
        self.findings = Findings(
            (
                self.compute_findings,
                self.quota_findings,
                self.access_findings,
                self.datastore_findings,
                self.data_findings,
                self.storage_findings,
                self.connection_findings,
                self.vault_findings,
                self.secret_findings,
                self.expiry_findings,
            ),
            Snoozes(self._snooze_file()),
            self.clock,
            lambda: self.context.tenant_id or self._snapshots.owner.tenant_id,
            self._changed,
        )
        for figures in (
            *(self.quota.usages, self.quota.limits, self.connections),
            *self.data.feeds,
            *self.storage.feeds,
            *self.vaults.feeds,
        ):
            self.scheduler.add(figures)
            figures.subscribe(lambda _feed: self._changed())
        self.computes.subscribe(self._computes_changed)
        self.prices.subscribe(self._prices_changed)
        self.retail.subscribe(self._prices_changed)
        self.workspaces.subscribe(self._workspaces_changed)
        self.activity.log.subscribe(lambda _feed: self._changed())
        self.activity.journal.subscribe(lambda _feed: self._changed())
        known = places.named_whole(settings, cloud)
        if known is not None:
            self._look_at((known,))

    # What screens read

    @property
    def runner(self) -> Runner:
        """Runs plans; there once connected (a plan cannot be made before a row can be read)."""
        if self._runner is None:
            raise TroubleError(Trouble(Kind.UNREACHABLE, "Not connected yet; try again in a moment.", "NotConnected"))
        return self._runner

    @property
    def compiler(self) -> Compiler:
        """Turns fields and YAML of what is Machine Learning's into requests; its child is started at the first need, or ahead by `warm`."""
        if self._compiler is None:
            from console.azure.compiler import AUTHORITY, Compiler

            log_file, cloud = self.settings.log_file, self.cloud
            # An emulator is an authority for its own tokens, not where a datastore's application signs in.
            authority = AUTHORITY if cloud.emulated else cloud.authority
            self._compiler = Compiler(
                log_file if log_file.parent.is_dir() else None, storage_suffix=cloud.storage_suffix, authority=authority
            )
        return self._compiler

    @property
    def access_compiler(self) -> AccessCompiler:
        """Turns changes of access into requests, in a child of its own that is started at the first need."""
        if self._access_compiler is None:
            from console.azure.access_compiler import AccessCompiler

            log_file = self.settings.log_file
            self._access_compiler = AccessCompiler(log_file if log_file.parent.is_dir() else None)
        return self._access_compiler

    @property
    def access_desk(self) -> AccessDesk:
        """What changes of access are made with."""
        if self._desk is None:
            from console.access.desk import AccessDesk

            self._desk = AccessDesk(self._readers, self.access, self.context, lambda: self.access_compiler)
        return self._desk

    @property
    def access_bundles(self) -> AccessBundles:
        """Kits, copies of access, and what takes somebody's access away."""
        if self._bundles is None:
            from console.access.bundles import AccessBundles
            from console.access.own_kits import own_kits

            own = own_kits(self.settings)
            desk = self.access_desk
            self._bundles = AccessBundles(self._readers, self.access, self.context, desk, lambda: self.access_compiler, own)
        return self._bundles

    def offboarding(self, principal_id: str) -> OffboardingNow:
        """All that somebody has, for as long as somebody shows it; to be closed."""
        from console.access.offboarding import OffboardingNow

        return OffboardingNow(self.access, self.computes, lambda: self.last_runs.values, self.context, self.listen, principal_id)

    @property
    def role_desk(self) -> RoleDesk:
        """What custom roles are made with."""
        if self._role_desk is None:
            from console.access.role_desk import RoleDesk

            self._role_desk = RoleDesk(self._readers, self.access, self.context, lambda: self.access_compiler)
        return self._role_desk

    @property
    def reviews(self) -> Reviews:
        """What reviews of access are made with."""
        from console.access.reviews import Reviews

        return Reviews(self.access, self.access_desk, self.context, self.clock, self.settings.state_dir / "reviews")

    @property
    def compute_files(self) -> ComputeFiles:
        """Plans from the CLI's YAML of computes."""
        from console.operations.compute_files import ComputeFiles

        readers = self._readers
        return ComputeFiles(lambda: self.compiler, readers.compute_json, readers.region, self._prices_for, readers.policies)

    @property
    def datastore_files(self) -> DatastoreFiles:
        """Plans from the CLI's YAML of datastores."""
        from console.operations.datastore_files import DatastoreFiles

        return DatastoreFiles(lambda: self.compiler, self._readers.datastore_json)

    @property
    def connection_files(self) -> ConnectionFiles:
        """Plans from the CLI's YAML of connections."""
        from console.operations.connection_files import ConnectionFiles

        return ConnectionFiles(lambda: self.compiler, self._readers.connection_json)

    @property
    def connected(self) -> bool:
        """Whether somebody has signed in and it was looked for where."""
        return bool(self.context.object_id)

    @property
    def operations(self) -> Sequence[Operation]:
        """Plans run since the start, and what an earlier run left open, oldest first."""
        return tuple(self._runner.operations) if self._runner is not None else ()

    @property
    def in_flight(self) -> int:
        return self._runner.in_flight if self._runner is not None else 0

    @property
    def calls(self) -> Mapping[str, int]:
        """HTTP requests sent so far, by method."""
        return dict(self._arm.transport.calls) if self._arm is not None else {}

    def step_on(self, target_id: str) -> tuple[Operation, StepRun] | None:
        """The step of ours that is under way on a target."""
        return self._runner.steps_on.get(scopes.key(target_id)) if self._runner is not None else None

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever something that screens show may have changed; returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def listen_to_steps(self, listener: Callable[[Operation, StepRun], None]) -> None:
        self._step_listeners.append(listener)

    def want_allowance(self, scope: str) -> None:
        """Learn what the user may do at an ARM scope, where that is not known yet."""
        if scopes.key(scope) not in self.context.allowances:
            self.context.allowances[scopes.key(scope)] = UNKNOWN_ALLOWANCE
            self._spawn(self._read_allowance(scope))

    def preflight(self, place: WorkspaceRef, region: str = "") -> Preflight:
        """What is to be asked before something is made in a workspace, in its own region or another."""
        found = next((each for each in self.workspaces.items if scopes.key(each.id) == scopes.key(place.id)), None)
        region = region or (found.location if found is not None else "")
        return Preflight(self._readers, place, region, self.money.price_lists().get(region_key(region)))

    async def compute_json(self, compute_id: str) -> bytes:
        """A compute as Azure sends it now, whole. Raises TroubleError."""
        return await self._readers.compute_json(compute_id)

    def nodes_of(self, compute: Compute) -> Feed[Node]:
        """A feed of a cluster's nodes, for as long as somebody shows it; give it back with `release`."""
        return self._feed_of("nodes", self._readers.nodes, compute, Cadence(20, 5, 0))

    def jobs_of(self, compute: Compute, most: Callable[[], int]) -> Feed[Run]:
        """A feed of the newest jobs on a compute, at most so many; give it back with `release`."""
        return self._feed_of("jobs", lambda scope: self._readers.recent_runs(scope, most()), compute, Cadence(30, 10, 0), _is_active)

    def metrics_of(self, compute: Compute, over: Callable[[], Range]) -> Feed[Series]:
        """A feed of a cluster's metrics over a time; give it back with `release`. Azure samples each minute."""
        return self._feed_of("metrics", lambda scope: self._readers.metrics(scope, over()), compute, Cadence(60, 0, 0))

    def versions_of(self, secret: Secret) -> Feed[Secret]:
        """A feed of a secret's versions, for as long as somebody shows it; give it back with `release`."""
        feed: Feed[Secret] = Feed("versions", self._readers.secret_versions, Cadence(60, 3, 0), self.clock)
        feed.set_scopes([secret.ref.id])
        self.scheduler.add(feed)
        return feed

    def activity_of(self, compute: Compute) -> ActivityNow:
        """What was changed of one compute alone: Azure's log of it, and the journals' entries about it."""
        return self.activity.of(compute.id)

    def _feed_of(
        self,
        name: str,
        read: Callable[[str], Awaitable[Reading[T]]],
        compute: Compute,
        cadence: Cadence,
        passing: Callable[[T], bool] = lambda _item: False,
    ) -> Feed[T]:
        """A feed about one compute, for as long as somebody shows it."""
        feed: Feed[T] = Feed(name, read, cadence, self.clock, passing)
        feed.set_scopes([compute.id])
        self.scheduler.add(feed)
        return feed

    def rotation_of(self, account_id: str) -> RotationNow:
        """Who uses a storage account and with which key, for as long as somebody shows it; its feed is to be given back with `release`."""
        now = RotationNow(account_id, self.account_users, self._readers, lambda: self.runner, self.clock, self._running)
        now.feed.subscribe(lambda _feed: self._changed())
        self.scheduler.add(now.feed)
        return now

    async def account_named(self, name: str, subscription_id: str = "") -> AccountKeys:
        """The storage account of a name, in a subscription or in any that has a workspace. Raises TroubleError where none is seen."""
        workspaces, _ = await self._all_workspaces()
        for each in dict.fromkeys((subscription_id, *(workspace.ref.subscription_id for workspace in workspaces))):
            if each and (found := await self._readers.account_named(each, name)) is not None:
                return found
        sentence = f"No storage account {name} is seen: it is gone, in a subscription without a workspace, or you may not read it."
        raise TroubleError(Trouble(Kind.NOT_FOUND, sentence, "StorageAccountNotFound"))

    async def _all_workspaces(self) -> tuple[Sequence[Workspace], Mapping[str, str]]:
        """Every workspace that can be seen, and the subscriptions of which that is not known."""
        found = await self.visible.all()
        names = self.context.subscription_names
        unread = {f"workspaces of {names.get(scope, scope)}": trouble.sentence for scope, trouble in self.workspaces.troubles.items()}
        return found, unread

    def _running(self) -> Iterable[tuple[Compute, Run]]:
        """The jobs that were last seen to run, each with its compute."""
        for compute in self.computes.items:
            run = self.last_runs.get(compute.id)
            if run is not None and run.active:
                yield compute, run

    def release(self, feed: Feed[Any]) -> None:
        self.scheduler.remove(feed)

    # Life

    async def start(self) -> None:
        """Connect, find out who and where, and poll from then on. Raises TroubleError where the console cannot go on without.

        Where several workspaces match, or none does, none is open afterwards and `unplaced` says why: somebody has to choose.
        """
        await self.connect()
        await self._sign_in()
        self.unplaced = None
        try:
            await self._find_place()
        except TroubleError as error:
            if error.trouble.code not in {places.SEVERAL, places.NONE}:
                raise
            self.unplaced = error.trouble
            self.visible.enumerate()
        self.scheduler.start()
        await asyncio.gather(*(self._read_allowance(place.id) for place in self.context.where))
        self._adopt_unfinished()
        self._offer_kept()
        self._spawn(self.costs.recall())
        await asyncio.to_thread(self._snapshots.prune)

    async def open_place(self) -> None:
        """For headless commands that change nothing: sign in and find the workspace. Raises TroubleError."""
        await self._reach(_import_reading)
        self._connected.set()
        await self._sign_in()
        await self._find_place()

    async def open_once(self) -> None:
        """For headless commands: sign in, read computes, prices and permissions once. Raises TroubleError."""
        await self.connect()
        await self.open_place()
        await asyncio.gather(
            *(self.computes.poll(place.id) for place in self.context.where),
            *(self._read_allowance(place.id) for place in self.context.where),
        )
        for trouble in self.computes.troubles.values():
            raise TroubleError(trouble)
        for feed in (self.prices, self.retail):
            await asyncio.gather(*(feed.poll(scope) for scope in tuple(feed.parts)))

    async def probe(self) -> dict[str, Trouble | None]:
        """What else is read besides ARM, asked once each: its name → why it does not answer (None: it does)."""
        asked: dict[str, Awaitable[object]] = {"Microsoft Graph (names of owners)": self._readers.names([self.context.object_id])}
        for place in self.context.where:
            asked[f"run history of {place.name} (last jobs)"] = self._readers.data_plane(place)
        for subscription in self.costs.now.subscriptions:
            asked[f"Cost Management of {subscription} (costs)"] = self.costs.now.probe(subscription)
        answers = await asyncio.gather(*asked.values(), return_exceptions=True)
        told: dict[str, Trouble | None] = {}
        for name, answer in zip(asked, answers, strict=True):
            if isinstance(answer, BaseException) and not isinstance(answer, TroubleError):
                raise answer
            told[name] = answer.trouble if isinstance(answer, TroubleError) else None
        return told

    def skew(self) -> float | None:
        """Seconds by which the server's clock is ahead of this machine's; None before it told."""
        skew = self.clock.skew(urlsplit(self.cloud.resource_manager).netloc)
        return skew.total_seconds() if skew is not None else None

    async def connect(self) -> ArmClient:
        """Bring up the gateway and what runs plans over it (the imports cost some 0.2 s, paid on a thread)."""
        if self._runner is not None and self._arm is not None:
            return self._arm
        arm = await self._reach(_import_gateway)
        from console.access.removal_guard import RemovalGuard
        from console.operations.journal import Journal
        from console.operations.rotation_guard import RotationGuard
        from console.operations.runner import Runner, all_against
        from console.operations.shelf import Shelf

        self.unkept = await asyncio.to_thread(keeping.unkept, self.settings)
        if self._runner is not None:
            return arm
        journal = Journal(self.activity.folder)
        # Nothing of a demo can go on after it: its emulator is gone.
        shelf = Shelf(self.settings.state_dir / "plans", self._holder) if not self.settings.demo else None
        self._runner = Runner(
            arm,
            journal,
            self._readers.target,
            self._step_changed,
            cloud=self.cloud.resource_manager,
            who=lambda: self.context.who,
            shelf=shelf,
            allowed=self._readers.allowance,
            against=all_against(
                RemovalGuard(self.access, self.context, lambda: self.operations).against,
                RotationGuard(self.account_users.read, lambda: self.runner, self.account_users.holdings.update).against,
            ),
        )
        self._connected.set()
        return arm

    async def _reach(self, load: Callable[[], None]) -> ArmClient:
        """The gateway alone, once `load` has imported it, on a thread. Raises TroubleError."""
        if self._arm is not None:
            return self._arm
        if self.signin.process_id is None:
            self.signin.start()  # it loads while this process does
        # On one thread: two that import hand the interpreter to and fro at every file, which costs more than what they do at once.
        await asyncio.to_thread(load)
        collector.resume()
        from console.azure.arm import ArmClient
        from console.azure.transport import Transport, is_loopback, trust_for

        try:
            trust = await asyncio.to_thread(trust_for, self.cloud.ca_file)
        except OSError as error:
            sentence = f"The certificate authorities cannot be read: {error}. Check REQUESTS_CA_BUNDLE and SSL_CERT_FILE."
            raise TroubleError(Trouble(Kind.UNREACHABLE, sentence, "Trust")) from error
        base = self.cloud.resource_manager
        transport = Transport(trust, loopback=is_loopback(base), may_change=lambda: self.context.write)
        self._arm = ArmClient(base, self.cloud.arm_audience, self.signin, transport, self.clock)
        from console.azure.key_vault import KeyVaults

        self._key_vaults = KeyVaults(self.cloud, self.signin, transport, self.clock, lambda: self.context.tenant_id)
        self._arm.vaults = self._key_vaults
        return self._arm

    def _holder(self) -> Holder:
        from console.operations.shelf import Holder

        return Holder(self.cloud.resource_manager, self.context.tenant_id, self.context.object_id)

    async def _gateway(self) -> ArmClient:
        """The gateway, as soon as `connect` has brought it up: what a screen asks for before must not bring it up itself."""
        await self._connected.wait()
        assert self._arm is not None
        return self._arm

    async def close(self) -> None:
        """Leave operations to Azure (the journal knows them), end polls, close connections and the sign-in child."""
        if self._runner is not None:  # first: what holds must not be sent while the rest ends
            await self._runner.close()
            self._runner.journal.close()
        await self.scheduler.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.last_runs.close()
        await self.names.close()
        await self.inquiries.close()
        await self.data.close()
        await self.connections_now.close()
        await self.vaults.close()
        await self.expiry.close()
        await self.who.close()
        await self.access.close()
        await self.costs.close()
        await asyncio.gather(*(feed.keep() for feed in (self.computes, self.prices, self.retail, self.workspaces)))
        await asyncio.to_thread(self._snapshots.prune)
        for compiler in (self._compiler, self._access_compiler):
            if compiler is not None:
                await compiler.close()
        if self._arm is not None:
            await self._arm.transport.close()
        await self.entrance.close()
        await self.signin.close()

    async def sign_out(self) -> Trouble | None:
        """Forget who was signed in: tokens, what is kept of their session, and what was kept on disk for a warm start.

        Returns what of it could not be removed. This session can only be closed afterwards; `again` is the one to go on with.
        """
        trouble = None
        try:
            await self.signin.sign_out()
        except TroubleError as error:
            trouble = error.trouble
        try:
            await asyncio.to_thread(self._snapshots.forget)
            await self.costs.forget_kept()
            await asyncio.to_thread(self._owner_file().unlink, missing_ok=True)
        except OSError as error:
            trouble = trouble or Trouble(Kind.UNEXPECTED, f"{error.filename} cannot be removed: {error.strerror}.", "NotForgotten")
        return trouble

    def again(self) -> Session:
        """A session as this one was at its start, with nobody signed in."""
        return Session(self.settings, self.cloud, self.signin.after())

    async def _sign_in(self) -> None:
        who = await self.signin.who()
        self.context.who, self.context.object_id, self.context.tenant_id = who.name, who.object_id, who.tenant_id
        owner = Owner(self.cloud.resource_manager, who.tenant_id, who.object_id)
        if owner != self._snapshots.owner:
            self._snapshots.owner = owner
            keep_owner(self._owner_file(), owner)
            self.access.forget()  # what was remembered is not theirs
            self.expiry.forget()
            where = self.context.where
            self._look_at(())
            self._look_at(where)
        self._changed()

    async def sign_in_as(self, attempt: Attempt) -> bool:
        """Go on as whoever signed in: same place, everything read anew. Returns whether that is somebody else. Raises TroubleError.

        Before the session has started this only keeps the sign-in: `start` does the rest. Nothing that somebody else agreed to is sent.
        """
        came = attempt.identity
        same = came is not None and (came.tenant_id, came.object_id) == (self.context.tenant_id, self.context.object_id)
        if self._runner is not None and not same:
            self._runner.part(attempt.who)
        await self.entrance.admit(attempt)
        if not self.scheduler.running:
            return False
        before = self.context.object_id
        await self._sign_in()
        somebody_else = self.context.object_id != before
        if somebody_else:
            self.context.allowances.clear()
            self.last_runs.forget()
            self.names.forget()
            self.inquiries.forget()
            self.data.forget()
            self.connections_now.forget()
            self.vaults.forget()
            self.expiry.forget()
            if self._key_vaults is not None:
                self._key_vaults.forget()
            self.access.forget()
            self.pim.forget()
            self.who.forget()
            self.ways.forget()
            self.costs.forget()
            self._desk = self._bundles = self._role_desk = None
            for feed in self.scheduler.feeds:
                feed.forget()
            self.look_at(self.context.where)
            self.visible.again()
        if not same:
            self._offer_kept()
        for feed in self.scheduler.feeds:
            feed.refresh()
        return somebody_else

    async def _find_place(self) -> None:
        if not self.context.where:
            place, names = await places.find(await self._gateway(), self.settings)
            self.context.subscription_names.update(names)
            self._look_at((place,))

    # Where to look

    def look_at(self, chosen: Sequence[WorkspaceRef]) -> None:
        """Show these workspaces from now on. What is known of those that stay is kept; what one may do in new ones is read."""
        self._look_at(chosen)
        self.money.begin()
        for place in chosen:
            self.want_allowance(place.id)
        self._changed()

    def _look_at(self, chosen: Sequence[WorkspaceRef]) -> None:
        self.context.where = tuple(chosen)
        self.computes.set_scopes([place.id for place in chosen])
        self.activity.log.set_scopes([place.group_id for place in chosen])
        self.money.computes_changed()
        self.quota.places_changed()
        self.data.places_changed()
        self.storage.places_changed()
        self.connections_now.places_changed()
        self.vaults.places_changed()
        self.access.places_changed()
        self.pim.places_changed()
        self.costs.places_changed()

    def _held_up(self) -> Trouble | None:
        """Why nothing is asked of Azure now; None where it is, or soon will be."""
        if self.scheduler.paused:
            return Trouble(Kind.INVALID, "paused: nothing is asked until p", "Paused")
        return None if self.scheduler.running else self.trouble

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Reading

    async def _read_computes(self, scope: str) -> Reading[Compute]:
        return await self._readers.computes(scope, self.computes.reading(scope))

    async def _prices_for(self, compute: Compute) -> Mapping[str, PriceList]:
        """The price lists with that of a compute's region, which may be one where nothing runs yet; without it where it cannot be read."""
        lists, scope = self.money.price_lists(), price_scope(compute)
        if not scope or region_key(compute.location) in lists:
            return lists
        try:
            sizes = (await self._readers.prices(scope)).items
        except TroubleError as error:
            log.warning("prices of %s: %s", scope, error.trouble.code)
            return lists
        return {**lists, region_key(compute.location): by_name(sizes)}

    async def _read_allowance(self, scope: str) -> None:
        """What the user may do at an ARM scope. Where it cannot be read nothing is refused on its account: ARM decides."""
        whose = self.context.object_id
        try:
            allowance = await self._readers.allowance(scope)
        except TroubleError as error:
            log.warning("permissions at %s: %s", scope, error.trouble.code)
            if not self.context.allowances.get(scopes.key(scope), UNKNOWN_ALLOWANCE).known:
                self.context.allowances.pop(scopes.key(scope), None)
        else:
            if whose == self.context.object_id:
                self.context.allowances[scopes.key(scope)] = allowance
        self._changed()

    async def _learn_the_time(self) -> None:
        """The server's time comes with any of its answers; one question serves all who want it at the same time."""
        if self.skew() is not None or not self.context.where:
            return
        if self._time_asked is None or self._time_asked.done():
            self._time_asked = self._spawn(self._read_allowance(self.context.where[0].id))
        # Who asks may give up; others wait for the same answer.
        await asyncio.shield(self._time_asked)

    # What follows from what

    def _computes_changed(self, _feed: Feed[Compute]) -> None:
        if self.money.computes_changed():
            self.quota.places_changed()
            self.findings.changed()
            self.news += 1
        self.costs.computes_changed()
        self._tell()

    def _prices_changed(self, _feed: Feed[VmSize]) -> None:
        self.money.prices_changed()
        self.costs.prices_changed()
        self._changed()

    def _workspaces_changed(self, _feed: Feed[Workspace]) -> None:
        self.visible.changed()
        self.quota.places_changed()
        self._changed()

    def _changed(self) -> None:
        self.findings.changed()
        self.quota.touch()
        self.news += 1
        self._tell()

    def _tell(self) -> None:
        self.costs.look()
        for listener in tuple(self._listeners):
            listener()

    def _step_changed(self, operation: Operation, run: StepRun) -> None:
        for place in self.context.where:
            if scopes.key(run.step.target_id).startswith(scopes.key(place.id) + "/"):
                target = run.step.target_id
                feed = self.datastores if is_datastore(target) else self.connections if is_connection(target) else self.computes
                feed.hurry(place.id, 15.0)
        self.connections_now.heard(operation, run)
        self.access.hurry(run.step.target_id)
        self.vaults.hurry(run.step.target_id)
        self.costs.hurry(run.step.target_id)
        if run.progress.ended:
            self.access.ended(run.step.target_id)
        if is_activation(run.step.target_id) and run.progress == "done" and run.effective_at is None:
            # Whoever holds a role by an activation may need a token made after it.
            self.signin.invalidate(self.cloud.arm_audience)
            self.pim.hurry()
        if run.effective_at is not None:
            for scope in tuple(self.context.allowances):
                self._spawn(self._read_allowance(scope))
        for listener in tuple(self._step_listeners):
            listener(operation, run)
        self._changed()

    def _adopt_unfinished(self) -> None:
        """Take over what a past process left open on this cloud; what belongs to another cloud waits for a session there."""
        for left in self.runner.journal.unfinished():
            if left.intended.cloud == self.cloud.resource_manager:
                self.runner.adopt(left)

    def _offer_kept(self) -> None:
        """Show what an earlier session left unsent; nothing of it goes on by itself."""
        if self.runner.shelf is not None:
            for kept in self.runner.shelf.left(self.runner.journal.begun()):
                self.runner.offer(kept)

    def _remembered_owner(self) -> Owner:
        """Whose snapshots to show before the sign-in has answered: an emulator's identity, else whoever signed in last this way."""
        base = self.cloud.resource_manager
        identity = self.cloud.identity(self.settings.identity or "admin")
        if self.settings.signin == "emulator" and identity is not None:
            return Owner(base, self.cloud.tenant_id or "", identity.object_id)
        return last_owner(self._owner_file(), base) or Owner(base, self.settings.tenant or "", "")

    def _is_important(self, place: WorkspaceRef) -> bool:
        """Whether somebody called a workspace protected, or production by its tags."""
        return self.context.is_protected(place) or production(self.visible.tags(place))

    def _snooze_file(self) -> Path:
        """A demo begins without snoozes: its story would be hidden behind those of the demo before."""
        if not self.settings.demo:
            return self.settings.state_dir / "snoozes.json"
        path = self.settings.state_dir / "snoozes-of-the-demo.json"
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return path

    def _owner_file(self) -> Path:
        how = f"{self.settings.signin}-{self.settings.tenant or 'any'}"
        return self.settings.cache_dir / f"last-owner-{how}.json"


def _is_active(run: Run) -> bool:
    return run.active


def _import_reading() -> None:
    import console.azure.arm
    import console.azure.key_vault  # noqa: F401


def _import_gateway() -> None:
    import console.azure.arm
    import console.azure.computes
    import console.azure.key_vault
    import console.azure.prices
    import console.operations.runner  # noqa: F401
