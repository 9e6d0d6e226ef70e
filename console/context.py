"""The context: who the user is, where the console looks, and what it may do there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance, granting, is_on_data
from console.domain.scopes import WorkspaceRef, key


class Context(msgspec.Struct):
    """Read by screens, changed by the session and by `:write`. Names are for showing; ids decide.

    `name` is that of the context in the config file, "" without one.
    """

    where: tuple[WorkspaceRef, ...] = ()
    name: str = ""
    subscription_names: dict[str, str] = msgspec.field(default_factory=dict)
    who: str = ""
    object_id: str = ""
    tenant_id: str = ""
    write: bool = False
    write_reason: str = ""
    emulated: bool = False
    protected: frozenset[str] = frozenset()
    allowances: dict[str, Allowance] = msgspec.field(default_factory=dict)
    #: The role that one may activate (PIM) to do an operation at an ARM scope; "" where none is known.
    may_activate: Callable[[str, str], str] = lambda _scope, _operation: ""

    def allowance(self, workspace: WorkspaceRef) -> Allowance:
        """What the user may do in a workspace; unknown until Azure told."""
        return self.allowances.get(key(workspace.id), UNKNOWN_ALLOWANCE)

    @property
    def reading_only(self) -> str:
        """Why nothing may be changed at all now ("" when it may)."""
        return "" if self.write else f"the console is read-only ({self.write_reason}); :write changes that"

    def refusal(self, workspace: WorkspaceRef, operation: str) -> str:
        """Why an operation is not to be had in a workspace ("" when it is): the mode first, then the missing permission."""
        return self.refusal_at(workspace.id, operation)

    def refusal_at(self, scope: str, operation: str) -> str:
        """The same at any ARM scope; what one may do there is unknown, and refuses nothing, until Azure told.

        Operations on the data in a vault are judged by whoever knows its model.
        """
        if self.reading_only:
            return self.reading_only
        if is_on_data(operation):
            return ""
        if not self.allowances.get(key(scope), UNKNOWN_ALLOWANCE).allows(operation):
            roles = granting(operation)
            name = scope.rstrip("/").rsplit("/", 1)[-1]
            offered = self.may_activate(scope, operation)
            activate = f"; you may activate {offered} (PIM): :pim" if offered else ""
            return f"you lack {operation} in {self.subscription_names.get(name, name)}{'; ' + roles if roles else ''}{activate}"
        return ""

    def may(self, operations: Iterable[str]) -> bool:
        """Whether one of the operations is granted in one of the workspaces that are open, or may be: what is not known is not denied."""
        places = [self.allowance(place) for place in self.where] or [UNKNOWN_ALLOWANCE]
        return any(is_on_data(operation) or allowance.allows(operation) for operation in operations for allowance in places)

    def label(self, workspace: WorkspaceRef) -> str:
        """A workspace's name, with its subscription where another of those open has the same name."""
        twins = sum(place.name.lower() == workspace.name.lower() for place in self.where)
        return f"{workspace.name}·{self.subscription(workspace)}" if twins > 1 else workspace.name

    def subscription(self, workspace: WorkspaceRef) -> str:
        """A subscription's name where it is known, else its id."""
        return self.subscription_names.get(workspace.subscription_id, workspace.subscription_id)

    def is_protected(self, workspace: WorkspaceRef) -> bool:
        return workspace.name.lower() in self.protected
