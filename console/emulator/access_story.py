"""Who else may do what at Contoso: groups in groups, roles on companions and above subscriptions, conditions, and access nobody thinks of.

What `staff` assigns stands; all this comes after it, from random numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from console.emulator import staff, vault_story
from console.emulator.estate import Estate, Group, RoleAssignment, Workspace, group_id
from console.emulator.ids import guid

MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/contoso"

AZURE_AI_ADMINISTRATOR = "b78c5d69-af96-48a3-bf8d-a8b4d589de94"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
ACR_PUSH = "8311e382-0749-4cb8-b61a-304f252e45ec"
VAULT_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
VAULT_READER = "21090545-7ca7-4776-b22c-e363652d74d2"
VAULT_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"

#: Until then the identity of a new workspace became Contributor of its resource group, since then Azure AI Administrator.
AI_ADMINISTRATOR_SINCE = datetime(2024, 11, 19, tzinfo=UTC)

#: What each group is for and when it was made. Of the forgotten ones nothing but that tells.
GROUPS: Mapping[str, tuple[str | None, datetime]] = {
    "ml-platform-admins": ("Run the Machine Learning workspaces", datetime(2022, 3, 14, 9, tzinfo=UTC)),
    "fraud-data-scientists": ("Data scientists of the risk team", datetime(2022, 4, 4, 9, tzinfo=UTC)),
    "pricing-data-scientists": ("Data scientists of the commerce team", datetime(2022, 9, 12, 9, tzinfo=UTC)),
    "demand-data-scientists": ("Data scientists of the supply team", datetime(2023, 1, 9, 9, tzinfo=UTC)),
    "vision-data-scientists": ("Data scientists of the quality team", datetime(2023, 6, 5, 9, tzinfo=UTC)),
    "ai-lab": ("Research", datetime(2022, 5, 2, 9, tzinfo=UTC)),
    "ml-oncall": ("On call for production", datetime(2023, 2, 20, 9, tzinfo=UTC)),
    "finance-controllers": ("Controlling", datetime(2021, 10, 1, 9, tzinfo=UTC)),
    "internal-audit": ("Internal audit", datetime(2021, 10, 1, 9, tzinfo=UTC)),
    "hackathon-2023": (None, datetime(2023, 5, 10, 16, 40, tzinfo=UTC)),
    "fraud-poc-2022": (None, datetime(2022, 10, 17, 13, 5, tzinfo=UTC)),
    "ml-everyone": ("Everyone who works with Machine Learning", datetime(2023, 3, 1, 9, tzinfo=UTC)),
    "contoso-staff": ("Everyone employed at Contoso", datetime(2021, 1, 4, 9, tzinfo=UTC)),
    "security-operations": ("Security operations", datetime(2021, 11, 15, 9, tzinfo=UTC)),
    "sre-contractors": ("Contractors, until the end of 2025", datetime(2025, 2, 3, 9, tzinfo=UTC)),
}
#: The new groups: people in each, and groups in it.
MEMBERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fraud-poc-2022": (("Grace Okafor",), ("hackathon-2023",)),
    "ml-everyone": (
        (),
        ("fraud-data-scientists", "pricing-data-scientists", "demand-data-scientists", "vision-data-scientists", "ai-lab", "ml-oncall"),
    ),
    "contoso-staff": ((), ()),
    "security-operations": (("Vera Kuznetsova", "Helen Murphy"), ()),
    "sre-contractors": ((), ()),
}

BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
ONE_CONTAINER = (
    f"((!(ActionMatches{{'{BLOB}/read'}}) AND !(ActionMatches{{'{BLOB}/write'}}) AND !(ActionMatches{{'{BLOB}/add/action'}})) OR "
    "(@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'pricing-features'))"
)
_WRITE, _DELETE = "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"
_ROLES = f"{{{staff.DATA_SCIENTIST}, {staff.READER}}}"


def _delegated(action: str, source: str) -> str:
    role = f"@{source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {_ROLES}"
    kind = f"@{source}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'Group'}}"
    return f"((!(ActionMatches{{'{action}'}})) OR ({role} AND {kind}))"


#: As the portal writes it: she may give and take the two roles, to and from groups.
TWO_ROLES_TO_GROUPS = f"{_delegated(_WRITE, 'Request')} AND {_delegated(_DELETE, 'Resource')}"


@dataclass(slots=True)
class _Teller:
    """Makes assignments in the order that they are told."""

    estate: Estate
    rng: Random
    epoch: datetime
    creator: str

    def assign(
        self, scope: str, role: str, principal: str, kind: str, days: float, note: str | None = None, condition: str | None = None
    ) -> None:
        made_on = self.epoch - timedelta(days=days)
        made = RoleAssignment(guid(self.rng), scope, role, principal, kind, made_on, self.creator, note, condition)
        self.estate.role_assignments[made.id.lower()] = made


def tell(estate: Estate, epoch: datetime, scale: int) -> None:
    """Add groups, vaults and assignments; above scale 1 every numbered colleague holds a role of their own on something."""
    rng = Random(f"access {estate.seed}")
    people = {one.display_name: one.object_id for one in estate.people.values()}
    groups = _groups(estate, rng, people)
    vault_story.found(estate, groups)
    teller = _Teller(estate, rng, epoch, people["Tomasz Nowak"])
    spaces = {one.name: one for one in estate.workspaces.values()}
    _above(teller, groups, people, spaces)
    for workspace in spaces.values():
        _identity(teller, workspace)
        _team(teller, workspace, groups)
    _particular(teller, groups, people, spaces)
    if scale > 1:
        _colleagues(teller)


def _groups(estate: Estate, rng: Random, people: Mapping[str, str]) -> dict[str, str]:
    """Make the new groups, date them all; the object id of each by name."""
    for name in MEMBERS:
        made = Group(guid(rng), name)
        estate.groups[made.object_id] = made
    by_name = {one.display_name: one for one in estate.groups.values()}
    for name, (persons, inner) in MEMBERS.items():
        by_name[name].members = {people[one] for one in persons} | {by_name[one].object_id for one in inner}
    by_name["contoso-staff"].members = {one.object_id for one in estate.people.values() if not one.guest}
    for name, (description, created) in GROUPS.items():
        by_name[name].description, by_name[name].created = description, created
    return {name: one.object_id for name, one in by_name.items()}


def _above(teller: _Teller, groups: Mapping[str, str], people: Mapping[str, str], spaces: Mapping[str, Workspace]) -> None:
    """Roles above workspaces: at the management group and at resource groups."""
    teller.assign(MANAGEMENT_GROUP, staff.READER, groups["security-operations"], "Group", 760, "Security reviews every subscription")
    sandbox = _resource_group(spaces["sandbox"])
    teller.assign(sandbox, staff.READER, groups["contoso-staff"], "Group", 610, "The sandbox is open to look at")
    vision = _resource_group(spaces["vision-prod"])
    teller.assign(vision, staff.CONTRIBUTOR, groups["sre-contractors"], "Group", 570, "Contract ends in December 2025")
    development = _resource_group(spaces["fraud-dev"])
    note = "Lets the team onboard itself"
    teller.assign(development, RBAC_ADMINISTRATOR, people["Lena Fischer"], "User", 190, note, TWO_ROLES_TO_GROUPS)


def _resource_group(workspace: Workspace) -> str:
    return group_id(workspace.subscription_id, workspace.resource_group)


def _identity(teller: _Teller, workspace: Workspace) -> None:
    """What Azure gives the identity of a workspace when it makes one."""
    principal, age = workspace.identity["principalId"], (teller.epoch - workspace.created_at).total_seconds() / 86400
    role = staff.CONTRIBUTOR if workspace.created_at < AI_ADMINISTRATOR_SINCE else AZURE_AI_ADMINISTRATOR
    teller.assign(_resource_group(workspace), role, principal, "ServicePrincipal", age)
    teller.assign(str(workspace.body["storageAccount"]), BLOB_DATA_CONTRIBUTOR, principal, "ServicePrincipal", age)
    if workspace.name not in vault_story.POLICIES:
        teller.assign(str(workspace.body["keyVault"]), VAULT_ADMINISTRATOR, principal, "ServicePrincipal", age)
    if workspace.body["containerRegistry"] is not None:
        teller.assign(str(workspace.body["containerRegistry"]), ACR_PULL, principal, "ServicePrincipal", age)


def _team(teller: _Teller, workspace: Workspace, groups: Mapping[str, str]) -> None:
    """What a workspace's team has on its companions."""
    team = groups[staff.TEAM_GROUPS[workspace.tags.get("team", "ai-lab")]]
    production = workspace.tags.get("environment") == "prod"
    role = BLOB_DATA_READER if production else BLOB_DATA_CONTRIBUTOR
    teller.assign(str(workspace.body["storageAccount"]), role, team, "Group", 300)
    if workspace.body["containerRegistry"] is not None:
        teller.assign(str(workspace.body["containerRegistry"]), ACR_PULL, groups["ml-everyone"], "Group", 260)


def _particular(teller: _Teller, groups: Mapping[str, str], people: Mapping[str, str], spaces: Mapping[str, Workspace]) -> None:
    """What single people and groups have, for reasons good and forgotten."""

    def at(name: str, companion: str = "") -> str:
        return str(spaces[name].body[companion]) if companion else spaces[name].id

    teller.assign(at("fraud-prod", "containerRegistry"), ACR_PUSH, people["Ivan Petrov"], "User", 210, "Builds the scoring image")
    teller.assign(at("pricing-prod", "keyVault"), VAULT_SECRETS_USER, people["Jonas Berg"], "User", 140)
    teller.assign(at("vision-prod", "keyVault"), VAULT_ADMINISTRATOR, people["Ada Lindqvist"], "User", 365)
    teller.assign(at("demand-prod", "keyVault"), VAULT_SECRETS_USER, groups["ml-oncall"], "Group", 280)
    teller.assign(at("nlp-research", "keyVault"), VAULT_SECRETS_OFFICER, groups["ai-lab"], "Group", 250)
    teller.assign(at("pricing-prod", "storageAccount"), BLOB_DATA_CONTRIBUTOR, people["Omar Haddad"], "User", 96, None, ONE_CONTAINER)
    # He left, his account was disabled; these were his own.
    teller.assign(at("fraud-prod", "storageAccount"), BLOB_DATA_CONTRIBUTOR, people["Ulrich Braun"], "User", 480)
    teller.assign(at("fraud-dev"), staff.CONTRIBUTOR, people["Ulrich Braun"], "User", 480)
    # A guest who may change things.
    teller.assign(at("nlp-research"), staff.CONTRIBUTOR, people["Goran Ilic"], "User", 65, "Joint paper with Fabrikam")


def _colleagues(teller: _Teller) -> None:
    """One role for every numbered colleague, on workspaces and companions in turn."""
    roles = {"storageAccount": BLOB_DATA_READER, "keyVault": VAULT_READER, "containerRegistry": ACR_PULL}
    places: list[tuple[str, str]] = []
    for workspace in teller.estate.workspaces.values():
        places.append((workspace.id, staff.DATA_SCIENTIST))
        places += [(str(workspace.body[name]), role) for name, role in roles.items() if workspace.body[name] is not None]
    numbered = [one for one in teller.estate.people.values() if one.display_name[-1].isdigit()]
    for number, person in enumerate(numbered):
        scope, role = places[number % len(places)]
        teller.assign(scope, role, person.object_id, "User", 30 + number % 400)
