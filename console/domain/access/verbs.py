"""Verbs: what people do in a workspace, as they speak, each with the ways that lead to it.

Sources: the built-in role definitions for the operations; "Manage access to Azure Machine Learning workspaces" for which operation does
what; "Azure role-based access control vs. access policies" for Key Vault: who may write a policy vault may give oneself its secrets, and
of a vault that goes by roles the permission model is changed by those only who may assign roles there. Azure ML keeps the secrets of
datastores and connections in the workspace's Key Vault ("Use secrets", Microsoft Learn).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from console.domain.access.places import At

_ML = "Microsoft.MachineLearningServices"
_STORAGE = "Microsoft.Storage/storageAccounts"
_VAULTS = "Microsoft.KeyVault/vaults"
_REGISTRIES = "Microsoft.ContainerRegistry/registries"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
ATTACH_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
CREATE_COMPUTE = f"{_ML}/workspaces/computes/write"
SUBMIT_JOBS = f"{_ML}/workspaces/jobs/write"

#: The types of the resources that operations are done at, in lower case.
_TYPES = {
    At.WORKSPACE: f"{_ML}/workspaces".lower(),
    At.STORAGE: _STORAGE.lower(),
    At.VAULT: _VAULTS.lower(),
    At.REGISTRY: _REGISTRIES.lower(),
}


class Model(StrEnum):
    """What decides about a vault's secrets."""

    ROLES = "roles"
    POLICIES = "access policies"


class Need(msgspec.Struct, frozen=True):
    """An operation at one of a workspace's scopes; of a vault of one model only where `model` says so.

    `policy` is what an access policy has to hold (`get`), instead of an operation.
    """

    operation: str
    at: At
    data: bool = False
    model: Model | None = None
    policy: str = ""

    @property
    def of_itself(self) -> bool:
        """Whether it is done to the resource at the scope itself, and not to something beneath it (a compute, a blob, an assignment)."""
        kind = self.operation.lower().removesuffix("/action").rpartition("/")[0]
        return kind == _TYPES.get(self.at)

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        if self.policy:
            return f"{self.policy} of secrets at the {self.at} by access policy"
        return f"{self.operation}{' (data)' if self.data else ''} at the {self.at}"


class Kind(StrEnum):
    """How a way leads to what a verb says."""

    DIRECT = "directly"
    KEY = "by key"
    SELF = "could give it to oneself"


class Way(msgspec.Struct, frozen=True):
    """One way: all its needs together. `words` goes on from "can "; `provided` is what else has to be so, and is not known here."""

    kind: Kind
    needs: tuple[Need, ...]
    words: str
    provided: str = ""


class Verb(msgspec.Struct, frozen=True):
    """What people do: `key` is stable, `name` is how it is said ("can …"), `short` heads a column (8 characters at most)."""

    key: str
    name: str
    short: str
    ways: tuple[Way, ...]


def _at_workspace(operation: str, words: str, kind: Kind = Kind.DIRECT) -> Way:
    return Way(kind, (Need(f"{_ML}/workspaces/{operation}", At.WORKSPACE),), words)


def _one(at: At, operation: str, words: str, kind: Kind = Kind.DIRECT, provided: str = "") -> Way:
    return Way(kind, (Need(operation, at),), words, provided)


def _data(at: At, operation: str, words: str, kind: Kind = Kind.DIRECT, model: Model | None = None, provided: str = "") -> Way:
    return Way(kind, (Need(operation, at, True, model),), words, provided)


_GET_SECRET = f"{_VAULTS}/secrets/getSecret/action"
#: Whoever reads the vault reads what Azure ML keeps in it.
_THROUGH_VAULT = (
    _data(At.VAULT, _GET_SECRET, "read it from the Key Vault, where Azure ML keeps it", Kind.KEY, Model.ROLES),
    Way(Kind.KEY, (Need("", At.VAULT, True, Model.POLICIES, "get"),), "read it from the Key Vault by an access policy"),
)
_VAULT_ONESELF = tuple(
    Way(Kind.SELF, (Need(f"{_VAULTS}/{operation}", At.VAULT, False, Model.POLICIES),), "write oneself an access policy of the Key Vault")
    for operation in ("write", "accessPolicies/write")
)
_ADMIN_USER = "the registry's admin user is enabled"
_PER_REPOSITORY = "the registry's permissions go by repository (RBAC registry + ABAC)"


def _verb(key: str, name: str, short: str, *ways: Way) -> Verb:
    """A verb, with the way that everything has: who assigns roles where it is decided may give it to oneself."""
    places = dict.fromkeys(need.at for way in ways if way.kind is not Kind.SELF for need in way.needs)
    oneself = tuple(_one(at, ASSIGN, f"assign oneself a role at the {at}", Kind.SELF) for at in places)
    return Verb(key, name, short, ways + oneself)


VERBS = (
    _verb("create-compute", "create compute", "create", _at_workspace("computes/write", "create and change instances and clusters")),
    _verb("delete-compute", "delete compute", "delete", _at_workspace("computes/delete", "delete instances and clusters")),
    _verb(
        "start-stop",
        "start and stop compute",
        "start",
        _at_workspace("computes/start/action", "start instances"),
        _at_workspace("computes/stop/action", "stop instances"),
    ),
    _verb(
        "idle-shutdown",
        "change idle shutdown",
        "idle",
        _at_workspace("computes/updateIdleShutdownSetting/action", "change an instance's idle shutdown"),
    ),
    _verb("submit-jobs", "submit jobs", "submit", _at_workspace("jobs/write", "submit jobs")),
    _verb("read-jobs", "read jobs", "jobs", _at_workspace("jobs/read", "read jobs")),
    _verb("register-models", "register models", "models", _at_workspace("models/versions/write", "register versions of models")),
    _verb(
        "read-data",
        "read data",
        "data",
        _data(At.STORAGE, f"{_STORAGE}/blobServices/containers/blobs/read", "read blobs"),
        _data(At.STORAGE, f"{_STORAGE}/fileServices/fileshares/files/read", "read files of file shares"),
        _at_workspace("datastores/listsecrets/action", "list the key of a datastore", Kind.KEY),
        _at_workspace("listStorageAccountKeys/action", "list the storage account's keys through the workspace", Kind.KEY),
        _one(At.STORAGE, f"{_STORAGE}/listkeys/action", "list the storage account's keys", Kind.KEY),
        _one(At.STORAGE, f"{_STORAGE}/listServiceSas/action", "make a shared access signature", Kind.KEY),
        _data(At.VAULT, _GET_SECRET, "read a datastore's key from the Key Vault", Kind.KEY, Model.ROLES),
        Way(Kind.KEY, (Need("", At.VAULT, True, Model.POLICIES, "get"),), "read a datastore's key from the Key Vault by an access policy"),
        *_VAULT_ONESELF,
    ),
    _verb("write-datastores", "write datastores", "stores", _at_workspace("datastores/write", "create and change datastores")),
    _verb(
        "datastore-secrets",
        "read datastore secrets",
        "ds keys",
        _at_workspace("datastores/listsecrets/action", "list the secrets of datastores"),
        *_THROUGH_VAULT,
        *_VAULT_ONESELF,
    ),
    _verb("write-connections", "write connections", "conns", _at_workspace("connections/write", "create and change connections")),
    _verb(
        "connection-secrets",
        "read connection secrets",
        "cn keys",
        _at_workspace("connections/listsecrets/action", "list the secrets of connections"),
        *_THROUGH_VAULT,
        *_VAULT_ONESELF,
    ),
    _verb(
        "vault-secrets",
        "read Key Vault secrets",
        "vault",
        _data(At.VAULT, _GET_SECRET, "read the vault's secrets", model=Model.ROLES),
        Way(Kind.DIRECT, (Need("", At.VAULT, True, Model.POLICIES, "get"),), "read the vault's secrets by an access policy"),
        *_VAULT_ONESELF,
    ),
    _verb(
        "deploy", "deploy online endpoints", "deploy", _at_workspace("onlineEndpoints/deployments/write", "create and change deployments")
    ),
    _verb("endpoint-keys", "read endpoint keys", "ep keys", _at_workspace("onlineEndpoints/listKeys/action", "list the keys of endpoints")),
    _verb(
        "manage-workspace",
        "manage the workspace",
        "manage",
        _at_workspace("write", "change the workspace"),
        _at_workspace("delete", "delete the workspace"),
    ),
    _verb("quota", "change quota", "quota", _one(At.SUBSCRIPTION, f"{_ML}/locations/updateQuotas/action", "change workspaces' quota")),
    Verb("assign-roles", "assign roles", "assign", (_one(At.WORKSPACE, ASSIGN, "assign roles at the workspace"),)),
    _verb("see-cost", "see cost", "cost", _one(At.GROUP, "Microsoft.CostManagement/query/read", "query the cost of the resource group")),
    _verb(
        "budgets", "edit budgets", "budgets", _one(At.GROUP, "Microsoft.Consumption/budgets/write", "edit budgets of the resource group")
    ),
    _verb(
        "pull-images",
        "pull images",
        "pull",
        _one(At.REGISTRY, f"{_REGISTRIES}/pull/read", "pull images"),
        _data(At.REGISTRY, f"{_REGISTRIES}/repositories/content/read", "read repositories", provided=_PER_REPOSITORY),
        _one(At.REGISTRY, f"{_REGISTRIES}/listCredentials/action", "list the admin user's passwords", Kind.KEY, _ADMIN_USER),
    ),
    _verb(
        "push-images",
        "push images",
        "push",
        _one(At.REGISTRY, f"{_REGISTRIES}/push/write", "push images"),
        _data(At.REGISTRY, f"{_REGISTRIES}/repositories/content/write", "write repositories", provided=_PER_REPOSITORY),
        _one(At.REGISTRY, f"{_REGISTRIES}/listCredentials/action", "list the admin user's passwords", Kind.KEY, _ADMIN_USER),
    ),
)

BY_KEY = {verb.key: verb for verb in VERBS}
INDEX = {verb.key: index for index, verb in enumerate(VERBS)}
#: Every need once; its place is its bit in the masks of console.domain.access.masks.
NEEDS = tuple(dict.fromkeys(need for verb in VERBS for way in verb.ways for need in way.needs))
