"""How long the access matrix takes: run by hand, prints milliseconds of processor. `python -m tests.benchmarks.access [rounds]`

200 principals, 40 of them groups and 3 managed identities, with 1,000 assignments of 40 built-in roles at 40 scopes, a dozen of the
assignments conditional, some denied: once with no role compiled (a fresh process), and with all compiled but no row seen before.
"""

from __future__ import annotations

import gc
import json
import random
import time
from collections.abc import Mapping
from pathlib import Path

import console.emulator
from console.domain.access import conditions, evaluation, masks
from console.domain.access.assignments import DenyAssignment, RoleAssignment
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.places import Place, Vault
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import (
    COMPUTE_OPERATOR,
    CONTRIBUTOR,
    DATA_SCIENTIST,
    OWNER,
    RBAC_ADMINISTRATOR,
    READER,
    USER_ACCESS_ADMINISTRATOR,
    RoleDefinition,
)
from console.domain.access.verbs import VERBS
from console.domain.permissions import Permission
from console.domain.scopes import WorkspaceRef, key
from tests.benchmarks.rounds import asked_rounds, interleaved, report

ML = (OWNER, CONTRIBUTOR, READER, USER_ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR, DATA_SCIENTIST, COMPUTE_OPERATOR)
PEOPLE, GROUPS, ASSIGNMENTS, IDENTITIES = 160, 40, 1_000, 3
WORKSPACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg-ml", "ws-ml")
PLACE = Place(
    WORKSPACE,
    storage=f"{WORKSPACE.group_id}/providers/Microsoft.Storage/storageAccounts/stml",
    vault=f"{WORKSPACE.group_id}/providers/Microsoft.KeyVault/vaults/kv-ml",
    registry=f"{WORKSPACE.group_id}/providers/Microsoft.ContainerRegistry/registries/crml",
)


def roles() -> dict[str, RoleDefinition]:
    """The built-in roles."""
    table = json.loads((Path(console.emulator.__file__).parent / "roles.json").read_bytes())
    return {
        guid: RoleDefinition(
            id=guid,
            guid=guid,
            name=name,
            permissions=tuple(Permission(*(tuple(part) for part in block[:4]), *block[4:]) for block in blocks),
        )
        for guid, name, blocks in table
    }


def facts() -> Facts:
    """The same estate each time."""
    chance = random.Random(7)
    definitions = roles()
    guids = chance.sample(sorted(definitions), 40 - len(ML)) + list(ML)
    people = [f"p{n}" for n in range(PEOPLE)]
    groups = [f"g{n}" for n in range(GROUPS)]
    root = f"/subscriptions/{WORKSPACE.subscription_id}"
    places = [root, WORKSPACE.group_id, WORKSPACE.id, PLACE.storage, PLACE.vault, PLACE.registry]
    places += [f"{PLACE.storage}/blobServices/default/containers/c{n}" for n in range(34)]
    identities = {
        one: Principal(
            id=one,
            kind=PrincipalKind.SERVICE_PRINCIPAL,
            name=one,
            service="ManagedIdentity",
            resource_id=f"{WORKSPACE.group_id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{one}",
        )
        for one in people[:IDENTITIES]
    }
    # A condition that concerns storage only.
    condition = (
        "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR (@Resource[a:b] StringEquals 'c'))"
    )
    return Facts(
        roles=definitions,
        assignments=tuple(
            RoleAssignment(
                id=f"a{n}",
                scope=chance.choice(places),
                role=chance.choice(guids),
                principal_id=(people + groups)[n % (PEOPLE + GROUPS)],
                condition=condition if n % 80 == 0 else "",
            )
            for n in range(ASSIGNMENTS)
        ),
        denies=tuple(
            DenyAssignment(
                id=f"d{n}", scope=WORKSPACE.group_id, permissions=(Permission(actions=("*/delete",)),), principals=frozenset({group})
            )
            for n, group in enumerate(groups[:5])
        ),
        directory=Directory(
            principals={one: Principal(id=one, kind=PrincipalKind.USER, name=one) for one in people[IDENTITIES:]} | identities,
            members={group: frozenset(chance.sample(people, 12)) for group in groups},
        ),
        vaults={key(PLACE.vault): Vault(id=PLACE.vault)},
    )


FACTS = facts()


def timed(*caches: object) -> Mapping[str, float]:
    """One evaluation with these caches emptied before."""
    for cache in caches:
        cache.cache_clear()  # type: ignore[attr-defined]
    gc.collect()
    start = time.thread_time()
    matrix = evaluate(FACTS, PLACE)
    spent = (time.thread_time() - start) * 1000
    assert len(matrix.rows) == PEOPLE + GROUPS, len(matrix.rows)
    return {"ms": spent}


ROWS = (evaluation._row, evaluation._cell)
ROLES = (masks.role_state, masks.concerned, masks.denied_masks, conditions.leaves_alone)

if __name__ == "__main__":
    cases = {
        "no role compiled": lambda: timed(*ROWS, *ROLES),
        "roles compiled, no row seen": lambda: timed(*ROWS),
        "the same rows again": lambda: timed(),
    }
    title = (
        f"{PEOPLE + GROUPS} principals x {len(VERBS)} verbs x {ASSIGNMENTS} assignments of {len({a.role for a in FACTS.assignments})} roles"
    )
    report(title, interleaved(cases, asked_rounds()))
