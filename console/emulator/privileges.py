"""What stands above roles in Contoso: its management groups, a deny assignment, and roles that wait to be activated."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from console.emulator.estate import DenyAssignment, Eligibility, Estate, ManagementGroup, group_id, subscription_scope
from console.emulator.ids import guid
from console.emulator.rbac import EVERYONE
from console.emulator.staff import CONTRIBUTOR, OWNER, person


def arrange(estate: Estate, epoch: datetime) -> None:
    """Add them to an estate that has its people, groups and workspaces. Draws from a sequence of its own."""
    rng = Random(f"privileges {estate.seed}")
    _management_groups(estate)
    _deny(estate, rng, epoch)
    _eligible(estate, rng, epoch)


def _management_groups(estate: Estate) -> None:
    """The root of the tenant, as Azure makes it, and beneath it the company's own with all its subscriptions."""
    root = ManagementGroup(estate.tenant_id, "Tenant Root Group", None)
    everyone = frozenset(one.id.lower() for one in estate.subscriptions.values())
    company = ManagementGroup("contoso", "Contoso", root.id.lower(), everyone)
    for group in (root, company):
        estate.management_groups[group.id.lower()] = group


def _deny(estate: Estate, rng: Random, epoch: datetime) -> None:
    """What the deployment stack behind the assistants' hub made is not deleted by hand, except by the platform team."""
    group = next(one for one in estate.resource_groups.values() if one.name == "genai-rg")
    platform = next(one for one in estate.groups.values() if one.display_name == "ml-platform-admins")
    name = guid(rng)
    stack = f"{group_id(group.subscription_id, group.name)}/providers/Microsoft.Resources/deploymentStacks/genai-landing-zone"
    deny = DenyAssignment(
        name=name,
        scope=group.id,
        display_name=f"Deny assignment '{name}' created by Deployment Stack '{stack}'.",
        description=f"Created by Deployment Stack '{stack}'.",
        permissions=[
            {
                "actions": ["*/delete"],
                "notActions": ["Microsoft.Authorization/roleAssignments/delete"],
                "dataActions": [],
                "notDataActions": [],
            }
        ],
        principals=[{"id": EVERYONE, "displayName": "All Principals", "type": "SystemDefined"}],
        exclude_principals=[{"id": platform.object_id, "displayName": platform.display_name, "type": "Group"}],
        created_on=epoch - timedelta(days=131),
        created_by=person(estate, "Tomasz Nowak"),
    )
    estate.deny_assignments[deny.id.lower()] = deny


def _eligible(estate: Estate, rng: Random, epoch: datetime) -> None:
    """Priya Raman may become Owner of production; whoever signs in as `operator` may become Contributor of fraud-dev."""
    production = next(subscription_scope(one.id) for one in estate.subscriptions.values() if one.name == "contoso-prod")
    workspace = next(one.id for one in estate.workspaces.values() if one.name == "fraud-dev")
    operator = estate.identities["operator"].object_id
    for scope, role, principal, kind, days, left in (
        (production, OWNER, person(estate, "Priya Raman"), "User", 260, 105),
        (workspace, CONTRIBUTOR, operator, "ServicePrincipal", 92, 273),
    ):
        since = epoch - timedelta(days=days)
        held = Eligibility(guid(rng), guid(rng), scope, role, principal, kind, since, epoch + timedelta(days=left), since)
        estate.eligibilities[held.schedule] = held
