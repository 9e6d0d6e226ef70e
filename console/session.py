"""The session: one sign-in with its gateway, feeds and runner wired together; the core of the TUI and of the headless commands alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from console import collector, keeping, places
from console.activity_now import ActivityNow
from console.clock import ServerClock
from console.cloud import Cloud
from console.context import Context
from console.costs.costs import Costs
from console.domain import scopes
from console.domain.access.pim import is_activation
from console.domain.compute import Compute, Node, Run, VmSize
from console.domain.connections import is_connection
from console.domain.cost import PriceList, by_name, region_key
from console.domain.datastores import is_datastore
from console.domain.metrics import Range, Series
from console.domain.permissions import UNKNOWN_ALLOWANCE
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.workspaces import Workspace
from console.entrance import Attempt, Entrance
from console.favourites import Favourites
from console.feeds.compute_findings import ComputeFindings
from console.feeds.feed import Cadence, Feed
from console.feeds.findings import Findings
from console.feeds.last_look import LastLook
from console.feeds.lookup import Lookup
from console.feeds.owners import keep_owner, last_owner
from console.feeds.quota_findings import QuotaFindings
from console.feeds.scheduler import Scheduler
from console.feeds.snapshots import Owner, Snapshots
from console.feeds.snoozes import Snoozes
from console.ground import Ground, Room
from console.inquiries import Inquiries
from console.money import Money
from console.preflight import Preflight
from console.quota_now import QuotaNow
from console.readers import Readers, price_scope
from console.settings import Settings
from console.visible import VisibleWorkspaces

if TYPE_CHECKING:
    from console.access.access import Access
    from console.azure.arm import ArmClient
    from console.azure.compiler import Compiler
    from console.azure.key_vault import KeyVaults
    from console.azure.signin import SignIn
    from console.data import Data
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
        self._access: Access | None = None
        self._data: Data | None = None
        #: The rooms that were made, the oldest first.
        self._rooms: list[Room] = []
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
        self.context.may_activate = lambda scope, operation: self.access.pim.offer(scope, operation)
        self.quota_findings = QuotaFindings(self.quota.families, (self.quota.usages, self.quota.limits))
        self.findings = Findings(
            (self.compute_findings, self.quota_findings),
            Snoozes(self._snooze_file()),
            self.clock,
            lambda: self.context.tenant_id or self._snapshots.owner.tenant_id,
            self._changed,
        )
        for figures in (self.quota.usages, self.quota.limits):
            self.scheduler.add(figures)
            figures.subscribe(lambda _feed: self._changed())
        self._ground = Ground(
            settings,
            self._readers,
            self.scheduler,
            self.context,
            self.clock,
            self.computes,
            self.workspaces,
            self.visible,
            self.last_runs,
            kept,
            self._changed,
            self.listen,
        )
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
    def access(self) -> Access:
        """Who has access to what, and what changes it."""
        if self._access is None:
            from console.access.access import Access

            self._access = Access(self._ground)
            self._enter(self._access)
        return self._access

    @property
    def data(self) -> Data:
        """Datastores, data assets, storage accounts, connections and Key Vaults."""
        if self._data is None:
            from console.data import Data

            self._data = Data(self._ground, self.access.now, lambda: self.runner)
            self._enter(self._data)
        return self._data

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
        from console.operations.runner import Runner
        from console.operations.sending import all_against
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
                RemovalGuard(lambda: self.access.now, self.context, lambda: self.operations).against,
                RotationGuard(
                    lambda account_id: self.data.account_users.read(account_id),
                    lambda: self.runner,
                    lambda found: self.data.account_users.holdings.update(found),
                ).against,
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
            self._runner.stages.journal.close()
        await self.scheduler.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.last_runs.close()
        await self.names.close()
        await self.inquiries.close()
        for room in self._rooms:
            await room.close()
        await self.costs.close()
        await asyncio.gather(*(feed.keep() for feed in (self.computes, self.prices, self.retail, self.workspaces)))
        await asyncio.to_thread(self._snapshots.prune)
        if self._compiler is not None:
            await self._compiler.close()
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
            if self._access is not None:
                self._access.now.forget()  # what was remembered is not theirs
            if self._data is not None:
                self._data.expiry.forget()
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
            if self._key_vaults is not None:
                self._key_vaults.forget()
            for room in self._rooms:
                room.forget()
            self.costs.forget()
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
        for room in self._rooms:
            room.places_changed()
        self.costs.places_changed()

    def _enter(self, room: Room) -> None:
        """A room was made: it is polled, looked at for findings, and told what happens."""
        self._rooms.append(room)
        for feed in room.feeds:
            self.scheduler.add(feed)
        for finder in room.finders:
            self.findings.add(finder)

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
        target = run.step.target_id
        if not is_datastore(target) and not is_connection(target):
            for place in self.context.where:
                if scopes.key(target).startswith(scopes.key(place.id) + "/"):
                    self.computes.hurry(place.id, 15.0)
        if is_activation(target) and run.progress == "done" and run.effective_at is None:
            # Whoever holds a role by an activation may need a token made after it.
            self.signin.invalidate(self.cloud.arm_audience)
        for room in self._rooms:
            room.heard(operation, run)
        self.costs.hurry(target)
        if run.effective_at is not None:
            for scope in tuple(self.context.allowances):
                self._spawn(self._read_allowance(scope))
        for listener in tuple(self._step_listeners):
            listener(operation, run)
        self._changed()

    def _adopt_unfinished(self) -> None:
        """Take over what a past process left open on this cloud; what belongs to another cloud waits for a session there."""
        for left in self.runner.stages.journal.unfinished():
            if left.intended.cloud == self.cloud.resource_manager:
                self.runner.adopt(left)

    def _offer_kept(self) -> None:
        """Show what an earlier session left unsent; nothing of it goes on by itself."""
        if self.runner.stages.shelf is not None:
            for kept in self.runner.stages.shelf.left(self.runner.stages.journal.begun()):
                self.runner.offer(kept)

    def _remembered_owner(self) -> Owner:
        """Whose snapshots to show before the sign-in has answered: an emulator's identity, else whoever signed in last this way."""
        base = self.cloud.resource_manager
        identity = self.cloud.identity(self.settings.identity or "admin")
        if self.settings.signin == "emulator" and identity is not None:
            return Owner(base, self.cloud.tenant_id or "", identity.object_id)
        return last_owner(self._owner_file(), base) or Owner(base, self.settings.tenant or "", "")

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
