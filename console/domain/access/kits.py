"""Kits: which roles on a workspace and its companions somebody needs for a kind of work, all of them at once.

Sources (Microsoft Learn, Azure Machine Learning unless another is named):

- *data scientist*: "Manage access to Azure Machine Learning workspaces": AzureML Data Scientist does everything in a workspace but make
  computes and change the workspace. "Disable shared key access for your workspace's storage account" and "Data administration": whoever
  works with data as oneself, and not by the account's key, needs Storage Blob Data Contributor, and for the file share with the notebooks
  Storage File Data Privileged Contributor. AcrPull ("Azure Container Registry roles") runs the images of the workspace's own registry.
- *data scientist without secrets*: "Manage access", "Data scientist custom": the same role less what lists or replaces credentials
  (`WITHHELD`); it follows what Microsoft makes of the built-in role when it is created. The roles on the storage account take the place of
  the account's key, so they belong to it.
- *ML engineer*: "Manage access", "MLOps": a data scientist who makes computes, and pushes the images that deployments run.
- *auditor*: Reader reads settings, jobs and role assignments, on the companions too; no content of storage and no secret (they are data
  actions, or `action`s). Cost Management Reader reads what the group costs.
- *workspace identity*: "Set up authentication between Azure Machine Learning and other services", user-assigned identity of a workspace:
  control of the companions, blobs, and Key Vault Administrator where roles decide about the vault. For the control of the companions it
  gets Azure AI Administrator at the group, as Azure itself has given a workspace's identity since 2024-11-19, and not Contributor.
- *compute operator*: AzureML Compute Operator has `computes/*` and `notebooks/vm/*` but not `workspaces/read`, without which neither studio
  nor the SDK finds the workspace. Reader at the workspace is what it gets besides, rather than a custom role: the lists that studio shows
  next to the computes want more reads than that one, no read shows a secret, a built-in role is there in every tenant, and a directory
  takes 5,000 custom roles only ("Azure RBAC limits").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from console.domain import scopes
from console.domain.access.assignments import RoleAssignment
from console.domain.access.masks import covers_operation
from console.domain.access.places import At, Place, covers
from console.domain.access.role_templates import WITHHELD
from console.domain.access.roles import COMPUTE_OPERATOR, DATA_SCIENTIST, READER, RoleDefinition
from console.domain.permissions import Permission

_ML = "Microsoft.MachineLearningServices/workspaces"
NO_SECRETS = "AML Data Scientist (no secrets)"
#: How scopes are called in a kit's table.
WORDS: Mapping[str, At] = {
    "workspace": At.WORKSPACE,
    "storage": At.STORAGE,
    "vault": At.VAULT,
    "registry": At.REGISTRY,
    "group": At.GROUP,
    "subscription": At.SUBSCRIPTION,
}


class Template(msgspec.Struct, frozen=True):
    """A custom role that is made where it is missing: what the built-in role `base` (GUID) grants, less the operations `withheld`."""

    name: str
    base: str
    withheld: tuple[str, ...]
    description: str

    def permissions(self, base: RoleDefinition) -> tuple[Permission, ...]:
        """Its blocks, from the built-in role's as they are now."""

        def less(block: Permission) -> Permission:
            known = {each.lower() for each in block.not_actions}
            more = tuple(each for each in self.withheld if each.lower() not in known)
            return msgspec.structs.replace(block, not_actions=block.not_actions + more)

        return tuple(map(less, base.permissions))

    def lets_still(self, role: RoleDefinition) -> tuple[str, ...]:
        """What of the withheld a role of this name grants all the same: somebody made it otherwise, or changed it."""
        blocks = role.permissions
        return tuple(each for each in self.withheld if any(covers_operation(block, each, False) for block in blocks))


TEMPLATES = {
    NO_SECRETS.lower(): Template(
        NO_SECRETS,
        DATA_SCIENTIST,
        WITHHELD,
        "AzureML Data Scientist without what lists or replaces the secrets of datastores, connections, endpoints and the storage account.",
    )
}


class Part(msgspec.Struct, frozen=True):
    """A role of a kit: by its name or GUID, at one of a workspace's scopes. `shown` is its name where `role` is a GUID."""

    role: str
    at: At
    shown: str = ""

    @property
    def name(self) -> str:
        return self.shown or self.role


class Kit(msgspec.Struct, frozen=True):
    """Roles that belong together. `says` tells for whom; `place` is its file and line, "" for one of the console's own."""

    name: str
    says: str
    parts: tuple[Part, ...]
    place: str = ""


def _companions(registry: Part) -> tuple[Part, ...]:
    return (
        Part("ba92f5b4-2d11-453d-a403-e96b0029c9fe", At.STORAGE, "Storage Blob Data Contributor"),
        Part("69566ab7-960f-475b-8e7c-b3118f30c6bd", At.STORAGE, "Storage File Data Privileged Contributor"),
        registry,
    )


_PULL = Part("7f951dda-4ed3-4680-a7ca-43fe172d538d", At.REGISTRY, "AcrPull")
_PUSH = Part("8311e382-0749-4cb8-b61a-304f252e45ec", At.REGISTRY, "AcrPush")
_SCIENTIST = Part(DATA_SCIENTIST, At.WORKSPACE, "AzureML Data Scientist")
_OPERATOR = Part(COMPUTE_OPERATOR, At.WORKSPACE, "AzureML Compute Operator")
KITS = (
    Kit("data-scientist", "jobs, models, endpoints and data; no computes made", (_SCIENTIST, *_companions(_PULL))),
    Kit(
        "data-scientist-no-secrets",
        "the same without keys: data as oneself, no stored credential",
        (Part(NO_SECRETS, At.WORKSPACE), *_companions(_PULL)),
    ),
    Kit("ml-engineer", "a data scientist who makes computes and pushes images", (_SCIENTIST, _OPERATOR, *_companions(_PUSH))),
    Kit(
        "auditor",
        "reads settings, jobs, access and cost; no data, no secrets",
        (
            *(Part(READER, at, "Reader") for at in (At.WORKSPACE, At.STORAGE, At.VAULT, At.REGISTRY)),
            Part("72fafb9e-0641-4937-9268-a91bfd8191a3", At.GROUP, "Cost Management Reader"),
        ),
    ),
    Kit(
        "workspace-identity",
        "what the user-assigned identity of a workspace needs",
        (
            Part("b78c5d69-af96-48a3-bf8d-a8b4d589de94", At.GROUP, "Azure AI Administrator"),
            *_companions(_PUSH),
            Part("00482a5a-887f-4fb3-b363-3b7fe8e74483", At.VAULT, "Key Vault Administrator"),
        ),
    ),
    Kit("compute-operator", "makes, starts, stops and deletes computes; reads the rest", (_OPERATOR, Part(READER, At.WORKSPACE, "Reader"))),
)


def known(own: Iterable[Kit]) -> dict[str, Kit]:
    """Kits by name: the console's, and those of the config file, of which one of the same name takes the other's place."""
    return {kit.name: kit for kit in (*KITS, *own)}


def of_table(name: str, says: str, roles: Mapping[str, Sequence[str]], place: str = "") -> Kit:
    """A kit of the config file: names or GUIDs of roles by the words for scopes. Raises KeyError for another word."""
    parts = tuple(Part(role.strip(), WORDS[word]) for word, listed in roles.items() for role in listed)
    return Kit(name, says or "from the config file", parts, place)


def role_of(part: Part, roles: Iterable[RoleDefinition]) -> RoleDefinition | None:
    """The definition that a part names; None where there is none, or several share the name."""
    wanted = part.role.lower()
    found = {each.guid: each for each in roles if not each.fault and wanted in {each.guid, each.name.lower()}}
    return next(iter(found.values())) if len(found) == 1 else None


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a kit in a workspace: its scope, the role or the template that it is made from, and what stands against it.

    `fault` says why it cannot be given; `missing` that there is no such companion, which is told and left out.
    """

    part: Part
    scope: str = ""
    role: RoleDefinition | None = None
    template: Template | None = None
    missing: bool = False
    fault: str = ""
    warning: str = ""


def needs(kit: Kit, place: Place, roles: Sequence[RoleDefinition]) -> tuple[Need, ...]:
    """What a kit comes to in a workspace."""
    return tuple(_need(part, place, roles) for part in kit.parts)


def _need(part: Part, place: Place, roles: Sequence[RoleDefinition]) -> Need:
    scope = place.scope(part.at)
    if not scope:
        return Need(part=part, missing=True)
    template = TEMPLATES.get(part.role.lower())
    role = role_of(part, roles)
    if role is not None and not _assignable(role, scope):
        where = ", ".join(role.assignable_scopes)
        return Need(part=part, scope=scope, fault=f"the custom role {role.name} may not be assigned there, only at {where}")
    if role is not None:
        still = template.lets_still(role) if template is not None and role.custom else ()
        warning = f"{role.name} is there, but it lets still: {', '.join(each.removeprefix(_ML + '/') for each in still)}" if still else ""
        return Need(part=part, scope=scope, role=role, warning=warning)
    if template is None:
        twins = sum(each.name.lower() == part.role.lower() for each in roles)
        why = f"{twins} roles are called {part.name}; name it by its GUID" if twins > 1 else f"there is no role {part.name} here"
        return Need(part=part, scope=scope, fault=why)
    if role_of(Part(template.base, part.at), roles) is None:
        return Need(part=part, scope=scope, fault=f"{template.name} is made from a built-in role that was not read")
    return Need(part=part, scope=scope, template=template)


def _assignable(role: RoleDefinition, scope: str) -> bool:
    """Whether a role may be assigned at a scope; what a management group has beneath it is Azure's to say."""
    wide = (each for each in role.assignable_scopes if not scopes.key(each).startswith("/subscriptions/"))
    return not role.custom or any(wide) or any(covers(each, scope) for each in role.assignable_scopes)


def there(assignments: Iterable[RoleAssignment], principal_id: str, role: str, scope: str) -> RoleAssignment | None:
    """The assignment of a role to a principal itself at exactly a scope, whatever its name; one that PIM ends is none."""
    return next(
        (
            each
            for each in assignments
            if each.role == role
            and each.principal_id == principal_id
            and not each.activated
            and not each.fault
            and each.until is None
            and scopes.same_id(each.scope, scope)
        ),
        None,
    )
