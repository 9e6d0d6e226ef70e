"""A change of access takes time to spread: lists show it at once, what is allowed follows later."""

from __future__ import annotations

from console.emulator.clock import Clock
from console.emulator.estate import Estate, RoleAssignment

#: How long a new, changed or removed role assignment takes to come into effect, in simulated seconds.
#: "Troubleshoot Azure RBAC" says up to ten minutes; the emulator always takes two.
SPREAD_SECONDS = 120.0


def grant(estate: Estate, clock: Clock, held: RoleAssignment) -> None:
    """Let an assignment that was just made come into effect once that has spread."""
    held.in_effect = False
    estate.access_generation += 1

    def reach() -> None:
        held.in_effect = True
        estate.access_generation += 1

    clock.after(SPREAD_SECONDS, reach)


def withdraw(estate: Estate, clock: Clock, held: RoleAssignment) -> None:
    """Let an assignment that was just removed, or an old version of a changed one, grant what it granted until that has spread."""
    estate.access_generation += 1
    if not held.in_effect:
        return
    estate.lapsing.append(held)

    def lapse() -> None:
        estate.lapsing = [one for one in estate.lapsing if one is not held]
        estate.access_generation += 1

    clock.after(SPREAD_SECONDS, lapse)
