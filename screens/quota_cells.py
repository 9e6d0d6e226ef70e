"""How a family's quota is written: its cells, and the page with all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.findings.finding import Source
from console.domain.findings.quotas import PRESSING
from console.domain.quota import FamilyQuota, room_elsewhere
from console.domain.usages import Usage, workspace_of
from console.session import Session
from screens.reasons import age_of
from screens.widgets.facts import Fact

BAR_WIDTH = 3
#: Used part of a limit from which on a family is nearly short.
NEARLY = 0.75


def workspace_name(quota: Usage) -> str:
    place = workspace_of(quota.about)
    return place.name if place is not None else quota.about


def number(value: int | None) -> str:
    return "?" if value is None else str(value)


def style(row: FamilyQuota) -> str:
    if row.fault:
        return "bad"
    if row.share is None:
        return "muted"
    return "bad" if row.share >= PRESSING else "warn" if row.share >= NEARLY else "" if row.used else "muted"


def used_text(row: FamilyQuota) -> str:
    """A bar, and used of limit."""
    if row.fault:
        return ""
    if not row.limited:
        return f"{number(row.used)}/–"
    figures = f"{number(row.used)}/{number(row.limit)}"
    if row.share is None:
        return figures
    full = 0 if not row.used else min(BAR_WIDTH, max(1, round(row.share * BAR_WIDTH)))
    return f"{'█' * full}{'░' * (BAR_WIDTH - full)} {figures}"


def left_text(row: FamilyQuota) -> str:
    return "" if row.fault else "–" if not row.limited else number(row.left)


def share_text(row: FamilyQuota) -> str:
    if row.fault:
        return ""
    if not row.limit and row.limited and row.used == 0:
        return "–"
    return ("–" if not row.limited else "?") if row.share is None else f"{row.share:.0%}"


def holders_text(row: FamilyQuota) -> str:
    """Who holds the most, then what is not accounted for."""
    parts = [f"{each.compute.name} {number(each.cores)}" for each in row.holdings if each.cores or each.cores is None]
    parts += [f"{about.rsplit('/', 1)[-1]} {cores}" for about, cores in row.elsewhere]
    if row.unaccounted and not row.total:
        parts.append(f"not seen here {row.unaccounted}")
    return ", ".join(parts)


def waiting_text(row: FamilyQuota) -> str:
    return ", ".join(f"{each.compute.name} {number(each.cores)}" for each in row.waiting)


def quota_ages(session: Session) -> Callable[[Source], str]:
    """How long ago what findings about quotas rest on was read."""

    def age(source: Source) -> str:
        return age_of(session.quota.usages.age if source is Source.QUOTA else session.computes.age)

    return age


def facts(row: FamilyQuota, rows: Sequence[FamilyQuota], session: Session) -> list[Fact]:
    """All that is known of a family, each figure with its source."""
    lines = [
        ("family", row.spelt or "? (the size of these computes is not in the region's list)"),
        ("subscription", session.context.subscription_names.get(row.place.subscription_id, row.place.subscription_id)),
        ("region", row.place.region),
        ("tier", row.place.tier),
        ("limit", "none of its own: the region's total limits it" if not row.limited else f"{number(row.limit)} cores"),
        ("used", f"{number(row.used)} cores (usages: as Azure counts)"),
        ("left", f"{number(row.left)} cores" if row.limited else ""),
    ]
    found = [Fact(name, text) for name, text in lines if text]
    for each in row.holdings:
        most = f", at most {each.most}" if each.most is not None and each.most != each.cores else ""
        found.append(Fact("holds", f"{each.compute.name}: {number(each.cores)} cores, {each.how}{most}"))
    found += [
        Fact("holds", f"{about.rsplit('/', 1)[-1]}: {cores} cores (a workspace that is not open here)") for about, cores in row.elsewhere
    ]
    if not row.total and not row.fault:
        told = "?" if row.unaccounted is None else f"{row.unaccounted} cores: deployments, serverless jobs, what you may not see"
        found.append(Fact("not seen here", told))
    found += [Fact("waits", f"{each.compute.name}: {number(each.cores)} cores, {each.why}", "warn") for each in row.waiting]
    own = [quota for quota in row.workspaces if quota.limit != row.limit]
    found += [Fact("workspace", f"{workspace_name(quota)}: a limit of its own, {number(quota.limit)} cores") for quota in own]
    unlimited = ", ".join(workspace_name(quota) for quota in row.workspaces if quota not in own)
    found += [Fact("workspaces", f"no limit of their own: {unlimited}")] if unlimited else []
    found += [Fact("room", f"{other.left} cores in {other.place.region}, {other.place.tier}") for other in room_elsewhere(rows, row)]
    return [*found, Fact("unreadable", row.fault, "bad", "bad")] if row.fault else found
