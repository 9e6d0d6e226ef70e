"""Templates of custom roles, taken from Azure's own: what people ask for when they say "data scientist, but".

Sources: "Manage access to Azure Machine Learning workspaces" (Microsoft Learn), its example roles, and the built-in definitions as read.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from console.domain.access.role_text import RoleDraft
from console.domain.access.roles import COMPUTE_OPERATOR, DATA_SCIENTIST, RoleDefinition
from console.domain.permissions import Permission

_ML = "Microsoft.MachineLearningServices/workspaces"
#: Operations by which credentials are listed, or made one's own by pointing a datastore or a connection elsewhere: what a data scientist
#: without secrets lacks, in the template here and in the kit. `listKeys` of workspaces and computes the built-in role takes back itself;
#: `environments/readSecrets` stays, without which nobody submits a job ("Manage access to Azure Machine Learning workspaces").
WITHHELD = (
    f"{_ML}/datastores/write",
    f"{_ML}/datastores/delete",
    f"{_ML}/datastores/listSecrets/action",
    f"{_ML}/connections/write",
    f"{_ML}/connections/delete",
    f"{_ML}/connections/listsecrets/action",
    f"{_ML}/listStorageAccountKeys/action",
    f"{_ML}/onlineEndpoints/listKeys/action",
)


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A role to begin with: the built-in role `of` (a GUID) with operations more and less; without `of` only `actions`."""

    name: str
    says: str
    of: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()


EMPTY = Template(name="empty", says="nothing granted yet")
TEMPLATES = (
    Template(
        name="data scientist without secrets",
        says="AzureML Data Scientist, less every key, secret and connection",
        of=DATA_SCIENTIST,
        not_actions=WITHHELD,
    ),
    Template(
        name="data scientist without compute",
        says="AzureML Data Scientist, who starts and stops no instance",
        of=DATA_SCIENTIST,
        not_actions=tuple(f"{_ML}/computes/{each}/action" for each in ("start", "stop", "restart")),
    ),
    Template(
        name="compute operator with workspace read",
        says="AzureML Compute Operator, with the workspaces/read that it lacks",
        of=COMPUTE_OPERATOR,
        actions=(f"{_ML}/read",),
    ),
    Template(
        name="experimenter",
        says="reads the workspace, submits and reads jobs, registers models; no endpoints, no secrets",
        actions=(
            f"{_ML}/read",
            f"{_ML}/computes/read",
            f"{_ML}/datastores/read",
            f"{_ML}/data/versions/read",
            f"{_ML}/environments/versions/read",
            *(f"{_ML}/jobs/{each}" for each in ("read", "write", "cancel/action")),
            *(f"{_ML}/experiments/{each}" for each in ("read", "write", "runs/read", "runs/write")),
            *(f"{_ML}/models/versions/{each}" for each in ("read", "write")),
        ),
    ),
    EMPTY,
)


def begun(template: Template, roles: Mapping[str, RoleDefinition], scope: str) -> RoleDraft:
    """A template as a draft that is assignable at `scope`. Raises ValueError where the role that it is taken from was not read."""
    block = Permission()
    if template.of:
        base = roles.get(template.of)
        if base is None or base.fault or len(base.permissions) != 1:
            raise ValueError(f"the built-in role that {template.name!r} is taken from was not read")
        block = msgspec.structs.replace(base.permissions[0], condition=None, condition_version=None)
    block = msgspec.structs.replace(
        block,
        actions=tuple(dict.fromkeys((*block.actions, *template.actions))),
        not_actions=tuple(dict.fromkeys((*block.not_actions, *template.not_actions))),
    )
    name = "" if template is EMPTY else template.name.capitalize()
    return RoleDraft(name=name, description=template.says if name else "", permission=block, assignable_scopes=(scope,))
