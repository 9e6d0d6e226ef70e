"""Places: which workspace the settings mean."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from console.cloud import Cloud
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.workspaces import Workspace
from console.settings import Settings

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
#: Choices that are written out when several workspaces match.
MOST_NAMED = 12
#: The codes of the troubles that several workspaces match, or none: a person can be asked which it shall be.
SEVERAL, NONE = "SeveralWorkspaces", "NoWorkspaceMatches"
#: The word for all workspaces.
EVERY = "all"


def named_whole(settings: Settings, cloud: Cloud) -> WorkspaceRef | None:
    """The workspace, where settings or an emulator's ready file name it whole: then nothing has to be enumerated."""
    given = (settings.subscription, settings.resource_group, settings.workspace)
    if all(given) and GUID.match(settings.subscription or ""):
        return WorkspaceRef(*(part or "" for part in given))
    names = {each.id: each.name for each in cloud.subscriptions}
    for place in cloud.workspaces:
        subscription = (place.subscription_id, names.get(place.subscription_id, ""))
        if (
            _is(settings.subscription, *subscription)
            and _is(settings.resource_group, place.resource_group)
            and _is(settings.workspace, place.name)
        ):
            return WorkspaceRef(place.subscription_id, place.resource_group, place.name)
    return None


async def find(arm: ArmClient, settings: Settings) -> tuple[WorkspaceRef, dict[str, str]]:
    """The one workspace that the settings mean, and the names of the subscriptions that were seen on the way.

    Raises TroubleError naming the choices where they mean none or several.
    """
    from console.azure import workspaces

    names: dict[str, str] = {}
    subscriptions = [settings.subscription] if settings.subscription and GUID.match(settings.subscription) else None
    if subscriptions is None:
        names = {each.id: each.name for each in (await workspaces.read_subscriptions(arm)).items}
        subscriptions = [number for number, name in names.items() if _is(settings.subscription, number, name)]
    readings = await asyncio.gather(*(workspaces.read(arm, each, settings.resource_group) for each in subscriptions))
    found = [each for reading in readings for each in reading.items if not each.fault and _is(settings.workspace, each.name)]
    if len(found) == 1:
        return found[0].ref, names
    raise TroubleError(Trouble(Kind.NOT_FOUND, _which(settings, found), SEVERAL if found else NONE))


def chosen(word: str, known: Sequence[Workspace], subscriptions: Mapping[str, str]) -> tuple[WorkspaceRef, ...]:
    """The workspaces that a word means: names, `SUBSCRIPTION/NAME` where a name is not enough, patterns (`*-prod`), joined by commas.

    `all` is every workspace, unless one has that name. `subscriptions` maps ids to names. Raises TroubleError naming the part that means
    none, or several of one name.
    """
    found: dict[WorkspaceRef, None] = {}
    for part in filter(None, word.split(",")):
        found.update(dict.fromkeys(_meant(part, known, subscriptions)))
    if not found:
        raise TroubleError(Trouble(Kind.INVALID, "no workspace is named after @", "NoWorkspace"))
    return tuple(found)


def _meant(part: str, known: Sequence[Workspace], subscriptions: Mapping[str, str]) -> list[WorkspaceRef]:
    subscription, slash, name = part.rpartition("/")
    within = [
        each for each in known if not slash or _is(subscription, each.ref.subscription_id, subscriptions.get(each.ref.subscription_id, ""))
    ]
    same = [each.ref for each in within if each.name.lower() == name.lower()]
    if len(same) == 1:
        return same
    if same:
        forms = ", ".join(f"@{subscriptions.get(ref.subscription_id, ref.subscription_id)}/{ref.name}" for ref in same)
        if len({ref.subscription_id for ref in same}) < len(same):
            forms = ", ".join(f"{ref.name} in {ref.resource_group}" for ref in same) + "; choose with W"
        raise TroubleError(Trouble(Kind.INVALID, f"@{part} may be {forms}", "AmbiguousWorkspace"))
    every = "*" if name.lower() == EVERY else name
    matching = [each.ref for each in within if fnmatchcase(each.name.lower(), every.lower())] if set(every) & set("*?[") else []
    if not matching:
        names = ", ".join(sorted({each.name for each in known})[:MOST_NAMED]) or "none"
        raise TroubleError(Trouble(Kind.INVALID, f"there is no workspace @{part}; there are {names}", "UnknownWorkspace"))
    return matching


def _is(wanted: str | None, *names: str) -> bool:
    """Whether one of the names is the wanted one; nothing wanted is anything. ARM's names know no case."""
    return not wanted or wanted.lower() in {name.lower() for name in names}


def asked(settings: Settings) -> str:
    """What the settings tell of the workspace, as flags; whose workspaces are meant where they tell nothing."""
    flags = (("-s", settings.subscription), ("-g", settings.resource_group), ("-w", settings.workspace))
    return " ".join(f"{flag} {value}" for flag, value in flags if value) or "your sign-in"


def _which(settings: Settings, found: Sequence[Workspace]) -> str:
    """Why no single workspace was found, and what to type."""
    if not found:
        return f"No workspace that you may see matches {asked(settings)}. Name one with -s, -g and -w."
    names = ", ".join(f"-s {each.ref.subscription_id} -g {each.ref.resource_group} -w {each.name}" for each in found[:MOST_NAMED])
    return f"{len(found)} workspaces match {asked(settings)}; name one: {names}"
