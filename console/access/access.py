"""Access of a session: all that tells of it and all that changes it, each made when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.access.now import AccessNow
from console.access.pim_now import PimNow
from console.access.who import WhoNow
from console.domain.access.pim import is_activation
from console.feeds.access_findings import AccessFindings
from console.feeds.feed import Feed
from console.ground import Ground

if TYPE_CHECKING:
    from console.access.bundles import AccessBundles
    from console.access.desk import AccessDesk
    from console.access.offboarding import OffboardingNow
    from console.access.reviews import Reviews
    from console.access.role_desk import RoleDesk
    from console.azure.access_compiler import AccessCompiler
    from console.operations.operation import Operation, StepRun


class Access:
    """Nothing is asked of Azure before `now`, `who` or `pim` begins."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        readers, context, clock, changed = ground.readers, ground.context, ground.clock, ground.changed
        self.now = AccessNow(readers, lambda: context.where, clock, changed, ground.kept)
        self.who = WhoNow(self.now, context, clock, changed)
        self.pim = PimNow(readers, context, clock, lambda: self.compiler, changed)
        self.findings = AccessFindings(self.now.grants, (self.now.assignments, self.now.definitions), clock)
        self.feeds: tuple[Feed[Any], ...] = (*self.now.feeds, *self.pim.feeds)
        self.finders = (self.findings,)
        self._compiler: AccessCompiler | None = None
        self._desk: AccessDesk | None = None
        self._bundles: AccessBundles | None = None
        self._role_desk: RoleDesk | None = None

    @property
    def compiler(self) -> AccessCompiler:
        """Turns changes of access into requests, in a child of its own that is started at the first need."""
        if self._compiler is None:
            from console.azure.access_compiler import AccessCompiler

            log_file = self._ground.settings.log_file
            self._compiler = AccessCompiler(log_file if log_file.parent.is_dir() else None)
        return self._compiler

    @property
    def desk(self) -> AccessDesk:
        """What changes of access are made with."""
        if self._desk is None:
            from console.access.desk import AccessDesk

            self._desk = AccessDesk(self._ground.readers, self.now, self._ground.context, lambda: self.compiler)
        return self._desk

    @property
    def bundles(self) -> AccessBundles:
        """Kits, copies of access, and what takes somebody's access away."""
        if self._bundles is None:
            from console.access.bundles import AccessBundles
            from console.access.own_kits import own_kits

            own = own_kits(self._ground.settings)
            desk = self.desk
            self._bundles = AccessBundles(self._ground.readers, self.now, self._ground.context, desk, lambda: self.compiler, own)
        return self._bundles

    @property
    def role_desk(self) -> RoleDesk:
        """What custom roles are made with."""
        if self._role_desk is None:
            from console.access.role_desk import RoleDesk

            self._role_desk = RoleDesk(self._ground.readers, self.now, self._ground.context, lambda: self.compiler)
        return self._role_desk

    @property
    def reviews(self) -> Reviews:
        """What reviews of access are made with."""
        from console.access.reviews import Reviews

        ground = self._ground
        return Reviews(self.now, self.desk, ground.context, ground.clock, ground.settings.state_dir / "reviews")

    def offboarding(self, principal_id: str) -> OffboardingNow:
        """All that somebody has, for as long as somebody shows it; to be closed."""
        from console.access.offboarding import OffboardingNow

        ground = self._ground
        return OffboardingNow(self.now, ground.computes, lambda: ground.last_runs.values, ground.context, ground.listen, principal_id)

    # What follows from what

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        self.now.places_changed()
        self.pim.places_changed()

    def heard(self, _operation: Operation, run: StepRun) -> None:
        """Something came of a step of ours: what it changes is read soon."""
        self.now.hurry(run.step.target_id)
        if run.progress.ended:
            self.now.ended(run.step.target_id)
        if is_activation(run.step.target_id) and run.progress == "done" and run.effective_at is None:
            self.pim.hurry()

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are forgotten with those of the session."""
        self.now.forget()
        self.pim.forget()
        self.who.forget()
        self._desk = self._bundles = self._role_desk = None

    async def close(self) -> None:
        await self.who.close()
        await self.now.close()
        if self._compiler is not None:
            await self._compiler.close()
