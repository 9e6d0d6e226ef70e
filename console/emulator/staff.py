"""Contoso's people, their groups, the service principals of the ready file, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from console.emulator.estate import Estate, Group, Identity, Person, RoleAssignment, group_id, subscription_scope
from console.emulator.ids import guid

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
DATA_SCIENTIST = "f6c7c914-8db3-469d-8ca1-694a8f32e121"
COMPUTE_OPERATOR = "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815"
COST_READER = "72fafb9e-0641-4937-9268-a91bfd8191a3"

NAMES = (
    "Grace Okafor", "Ivan Petrov", "Mei Tanaka", "Noah Weber", "Sofia Marino",
    "Tomasz Nowak", "Ada Lindqvist", "Priya Raman", "Victor Stahl", "Lena Fischer",
    "Omar Haddad", "Chloé Dubois", "Jonas Berg", "Aisha Bello", "Diego Fuentes",
    "Hana Novakova", "Kofi Mensah", "Laura Jensen", "Mateo Silva", "Nadia Rahmani",
    "Oskar Nilsson", "Paula Costa", "Quentin Leroy", "Ruth Adeyemi", "Samir Nair",
    "Tara Walsh", "Ulrich Braun", "Vera Kuznetsova", "Wei Zhang", "Yara Khalil",
    "Zoe Papadakis", "Anton Horvat", "Beatriz Lima", "Carl Jacobsen", "Dina Farouk",
    "Emil Larsen", "Farah Siddiqui", "Goran Ilic", "Helen Murphy", "Ines Moreau",
)  # fmt: skip
GUESTS = {"Quentin Leroy", "Goran Ilic"}
# They left; their accounts were disabled, their access was not taken away.
LEFT = {"Ulrich Braun"}

GROUPS = {
    "ml-platform-admins": ("Tomasz Nowak", "Ada Lindqvist", "Priya Raman"),
    "fraud-data-scientists": ("Grace Okafor", "Ivan Petrov", "Mei Tanaka", "Noah Weber", "Sofia Marino", "Ulrich Braun"),
    "pricing-data-scientists": ("Omar Haddad", "Chloé Dubois", "Jonas Berg", "Aisha Bello"),
    "demand-data-scientists": ("Diego Fuentes", "Hana Novakova", "Kofi Mensah", "Laura Jensen"),
    "vision-data-scientists": ("Mateo Silva", "Nadia Rahmani", "Oskar Nilsson", "Paula Costa", "Quentin Leroy"),
    "ai-lab": ("Ruth Adeyemi", "Samir Nair", "Tara Walsh", "Wei Zhang", "Yara Khalil", "Goran Ilic"),
    "ml-oncall": ("Lena Fischer", "Tomasz Nowak", "Vera Kuznetsova"),
    "finance-controllers": ("Zoe Papadakis", "Anton Horvat", "Beatriz Lima"),
    "internal-audit": ("Carl Jacobsen", "Dina Farouk"),
    # Made for three days in 2023 and forgotten: through it a data scientist can still create compute.
    "hackathon-2023": ("Noah Weber", "Aisha Bello", "Emil Larsen", "Farah Siddiqui"),
}
TEAM_GROUPS = {
    "risk": "fraud-data-scientists",
    "commerce": "pricing-data-scientists",
    "supply": "demand-data-scientists",
    "quality": "vision-data-scientists",
    "ai-lab": "ai-lab",
}


def hire(estate: Estate, rng: Random, scale: int) -> None:
    """Add people and groups; above scale 1, numbered colleagues who join the same groups."""
    by_name: dict[str, list[str]] = {}
    for copy in range(scale):
        for name in NAMES:
            person = _person(name, guid(rng), copy)
            estate.people[person.object_id] = person
            by_name.setdefault(name, []).append(person.object_id)
    for display_name, members in GROUPS.items():
        group = Group(guid(rng), display_name, {one for member in members for one in by_name[member]})
        estate.groups[group.object_id] = group


def _person(name: str, object_id: str, copy: int) -> Person:
    ascii_name = name.replace("é", "e").lower().replace(" ", ".")
    local = ascii_name if copy == 0 else f"{ascii_name}{copy + 1:03d}"
    guest = name in GUESTS
    upn = f"{local}_fabrikam.com#EXT#@contoso.onmicrosoft.com" if guest else f"{local}@contoso.com"
    return Person(object_id, upn, name if copy == 0 else f"{name} {copy + 1:03d}", guest, name not in LEFT)


def register(estate: Estate, rng: Random) -> None:
    """Add the service principals that the ready file hands out."""
    for name, summary in (
        ("admin", "Owner of the three subscriptions"),
        ("operator", "AzureML Compute Operator and Reader on every workspace"),
        ("data-scientist", "AzureML Data Scientist on every workspace"),
        ("reader", "Reader of the three subscriptions"),
        ("cost-analyst", "Cost Management Reader of the three subscriptions"),
        ("outsider", "No role anywhere, and no leave to read the directory"),
    ):
        secret = f"{rng.getrandbits(160):040x}"
        estate.identities[name] = Identity(name, guid(rng), guid(rng), secret, summary, name != "outsider")


def person(estate: Estate, display_name: str) -> str:
    """The object id of the person of that name."""
    return next(one.object_id for one in estate.people.values() if one.display_name == display_name)


def authorize(estate: Estate, rng: Random, epoch: datetime) -> None:
    """Make the role assignments: most through groups, some direct, one orphan."""
    groups = {one.display_name: one.object_id for one in estate.groups.values()}
    by_name = {one.name: subscription_scope(one.id) for one in estate.subscriptions.values()}
    ids = {one.display_name: one.object_id for one in estate.people.values()}
    admin = ids["Tomasz Nowak"]

    def assign(scopes: Iterable[str], role: str, principal: str, kind: str, days: float, note: str | None = None) -> None:
        for scope in scopes:
            made = RoleAssignment(guid(rng), scope, role, principal, kind, epoch - timedelta(days=days), admin, note)
            estate.role_assignments[made.id.lower()] = made

    everywhere = tuple(by_name.values())
    workspaces = [one.id for one in estate.workspaces.values()]
    assign(everywhere, OWNER, estate.identities["admin"].object_id, "ServicePrincipal", 700)
    assign(workspaces, COMPUTE_OPERATOR, estate.identities["operator"].object_id, "ServicePrincipal", 410)
    assign(workspaces, READER, estate.identities["operator"].object_id, "ServicePrincipal", 410)
    assign(workspaces, DATA_SCIENTIST, estate.identities["data-scientist"].object_id, "ServicePrincipal", 410)
    assign(everywhere, READER, estate.identities["reader"].object_id, "ServicePrincipal", 410)
    assign(everywhere, COST_READER, estate.identities["cost-analyst"].object_id, "ServicePrincipal", 410)

    assign(everywhere, CONTRIBUTOR, groups["ml-platform-admins"], "Group", 690, "The platform team runs the workspaces")
    assign(everywhere, USER_ACCESS_ADMINISTRATOR, ids["Ada Lindqvist"], "User", 688)
    assign((by_name["contoso-prod"],), OWNER, ids["Victor Stahl"], "User", 811, "Temporary, for the migration")
    assign(everywhere, COST_READER, groups["finance-controllers"], "Group", 520)
    assign(everywhere, READER, groups["internal-audit"], "Group", 333)
    prod_group = next(one.id for one in estate.resource_groups.values() if one.name == "ml-prod-rg")
    assign((prod_group,), CONTRIBUTOR, groups["hackathon-2023"], "Group", 540, "Hackathon")
    for workspace in estate.workspaces.values():
        team = workspace.tags.get("team", "ai-lab")
        assign((workspace.id,), DATA_SCIENTIST, groups[TEAM_GROUPS[team]], "Group", 300)
        if workspace.tags.get("environment") == "prod":
            assign((workspace.id,), COMPUTE_OPERATOR, groups["ml-oncall"], "Group", 280)
    main = next(iter(estate.workspaces))
    scope = estate.workspaces[main].id
    assign((scope,), CONTRIBUTOR, ids["Helen Murphy"], "User", 45, "Covers for Priya in spring")
    assign((scope,), READER, ids["Ines Moreau"], "User", 120)
    # Its principal was deleted; the assignment stayed behind.
    assign((scope,), DATA_SCIENTIST, guid(rng), "User", 602)
    research = group_id(next(iter(s.id for s in estate.subscriptions.values() if s.name == "contoso-research")), "research-rg")
    assign((research,), READER, ids["Quentin Leroy"], "User", 77, "Guest from Fabrikam")
