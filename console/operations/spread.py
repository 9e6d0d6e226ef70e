"""Spread: a change of access comes into effect some time after Azure took it: what is known of that, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from console.domain.permissions import Allowance, Permission

#: "It can take up to 10 minutes for changes to take effect" (Troubleshoot Azure RBAC, "Role assignment changes are not being detected").
WITHIN_S = 600.0


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of access leads to: `permissions` of a role, `gained` at `scope` or lost there, by `who`.

    `mine` says that it is the signed-in user: then Azure's `permissions` tell when it is in effect. Of anybody else nothing tells; it is
    within `within_s` seconds of the server's time then, by Azure's documentation.
    """

    scope: str
    permissions: tuple[Permission, ...] = ()
    gained: bool = True
    mine: bool = False
    who: str = ""
    within_s: float = WITHIN_S

    def seen_in(self, allowance: Allowance) -> bool:
        """Whether what somebody may do there shows the change: all of the role's permissions, or no longer all of them."""
        return holds(allowance, self.permissions) is self.gained

    def listed(self, moment: datetime) -> str:
        """What is known once Azure lists the change."""
        by = f"{moment + timedelta(seconds=self.within_s):%H:%M} UTC"
        about = f"within about {self.within_s / 60:.0f} min (by {by}; Azure's documentation)"
        if self.mine:
            return f"Azure lists it; whether it is in effect is asked until it is: {about}"
        return f"Azure lists it; it takes effect {about}: nothing tells when, for others"

    def effective(self, moment: datetime, took: timedelta) -> str:
        """What is known once one's own permissions show it."""
        what = "in effect" if self.gained else "gone in effect too"
        return f"{what}: your permissions show it since {moment:%H:%M:%S} UTC, {took.total_seconds():.0f} s after Azure listed it"

    def overdue(self) -> str:
        """What is said where one's own permissions never showed it."""
        if self.gained:
            return "Azure lists it, but your permissions do not show it: a deny assignment, a condition, or it takes longer than usual"
        return "Azure lists it no longer, but your permissions still show it: another role gives the same, or it takes longer than usual"


def holds(allowance: Allowance, permissions: Sequence[Permission]) -> bool:
    """Whether an allowance has all that a role's permissions grant. A pattern of the role is held by one that covers it."""
    if not allowance.known:
        return False
    data = Allowance(
        tuple(
            msgspec.structs.replace(block, actions=block.data_actions, not_actions=block.not_data_actions)
            for block in allowance.permissions
        )
    )
    return all(
        all(allowance.allows(action) for action in block.actions) and all(data.allows(action) for action in block.data_actions)
        for block in permissions
    )
