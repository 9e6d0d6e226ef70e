"""Every screen, action and fault that there is, read off the registries, so that a new one is covered by existing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from console.emulator.faults import KINDS
from console.operations.plan import Danger
from screens.actions import Action, Drill
from screens.compute import ComputeScreen
from screens.registry import VIEWS
from screens.resource_screen import ResourceScreen

#: Faults after which a read gives nothing: the screen keeps what it had and tells why.
FAILING = frozenset(
    {"429", "429-no-retry-after", "500", "502", "503", "504", "401", "403", "404", "html", "malformed"}
    | {"reset-before", "reset-after", "truncated"}
)
#: Faults that change what is read; every row stays, readable or not.
SPOILING = frozenset({"wrong-types", "unknown-enum", "hostile-text"})
#: Faults that cut a list of several pages short, which then says so.
CUTTING = frozenset({"404-next-page"})
#: Faults that no read of a screen shows.
PASSING = frozenset({"latency", "clock-skew", "stale-reads", "lro-fails", "lro-never-ends", "lro-loses-url"})
FAULTS = sorted(KINDS)
#: Faults of a refusal: what was asked for was not done.
REFUSING = frozenset(["429", "429-no-retry-after", "500", "502", "503", "504", "401", "403", "404", "html", "reset-before"])

#: All but sign-in.
ANYTHING = r"^\w+ /(?!.*(oauth2|openid-configuration))"
#: What changes something, as the emulator's routes have it.
READING = r"oauth2|listsecrets$|listKeys$|listNodes$|getByIds$|\$batch$|validate$|checkPolicyRestrictions$|CostManagement/(query|forecast)$"
CHANGES = rf"^(PUT|PATCH|DELETE|POST) /(?!.*({READING}))"


@dataclass(frozen=True)
class View:
    """A screen and the way to it: the name of a view, then the drill-downs from screen to screen."""

    opens: str
    drills: tuple[Drill[Any], ...] = ()

    @property
    def reads(self) -> bool:
        """Whether its rows are read for it, and do not follow from those of the screen above."""
        return not self.drills or self.drills[-1].reads

    @property
    def grows(self) -> bool:
        """Whether figures in its rows grow as time passes: its rows are the same where they are about the same."""
        return self.opens in GROWING

    @property
    def concludes(self) -> bool:
        """Whether its rows are conclusions from what was read."""
        return not CONCLUDING.isdisjoint({self.opens, *(drill.name for drill in self.drills)})

    def __str__(self) -> str:
        return "/".join((self.opens, *(drill.name for drill in self.drills)))


#: Drill-downs that show nothing of most rows → the row of the story that has something to show there.
RICH = {
    "activity": "nb-grace",
    "used-by": "/transactions",
    "datastores-on": "/contosodata",
    "versions": "/openai-key",
    "days": "/gpu-train",
}


def _views(opens: str, screen: type[ResourceScreen[Any]], way: tuple[Drill[Any], ...]) -> Iterator[View]:
    yield View(opens, way)
    for drill in screen.drills:
        assert isinstance(drill.screen, type) and issubclass(drill.screen, ResourceScreen), "a drill-down names its screen's class"
        yield from _views(opens, drill.screen, (*way, drill))


SCREENS = [view for name, listed in VIEWS.items() for view in _views(name, listed.screen, ())]
#: Drill-downs whose rows rest on a bill, which is asked for once in hours: while they are open nothing is asked that could fail, and an
#: answer whose columns have hostile names is no bill, so that they have no rows.
OF_THE_BILL = frozenset({"days", "day"})
#: Screens that ask again and again for what they show.
ASKING = [view for view in SCREENS if not view.drills or view.drills[-1].name not in OF_THE_BILL]


#: Screens whose rows are conclusions from what was read: where that is spoilt there may be others, or fewer.
CONCLUDING = frozenset(
    {"cost", "findings", "quota", "principal", "who", "offboard", "roles", "budgets", "waste", "used-by", "storage", "expiry"}
)


#: Screens that tell what has been spent up to now, and what opens from them.
GROWING = frozenset({"cost"})


#: Secrets of which somebody has to set a new version before a row of a view takes every action: that behind openai is disabled.
SECRETS = {"connections": ("kv-fraud-prod", "openai-key")}
#: Workspaces that have a row for every action of a view, where the first has too few.
WHERE = {"connections": "@fraud-prod,fraud-dev"}
#: Actions that no row takes before.
UNREADY = frozenset({"update"})
#: Actions whose plans may assign a role first and hold for minutes: tests/screens/test_datastore_changes.py has them.
HOLDING = frozenset({"identity"})
#: Actions that refuse a datastore whose credentials are of no known type, as where Azure's words are spoilt: they are tried there too.
KNOWING = frozenset({"change"})


def actions_of(name: str, *, untouched: bool = False) -> tuple[Action[Any], ...]:
    """What can be done to the rows of a view, but for what holds or has to know what it changes; `untouched`: as the story begins."""
    left_out = HOLDING | KNOWING | (UNREADY if untouched else frozenset())
    return tuple(action for action in VIEWS[name].screen.actions if action.name not in left_out)


#: What is typed into the form of an action, where that has one: a change that every row of the story takes.
TYPED: dict[str, dict[str, str]] = {
    "scale": {"idle": "11m"},
    "idle-shutdown": {"idle": "47m"},
    "schedule": {"stop": "23:47"},
    "resize": {"size": "Standard_DS3_v2"},
    "rotate": {"from": "typed", "secret": "another-secret"},
    "target": {"target": "https://changed.contoso.example"},
}


def asks(action: Action[Any], row: Any, prices: Any) -> bool:
    """Whether an action on a row opens a dialog, rather than running at once."""
    return action.plan is None or action.plan((row,), prices).danger is not Danger.NONE


ACTING = [name for name in VIEWS if actions_of(name)]
#: Those of them whose rows are computes.
COMPUTING = [name for name in ACTING if issubclass(VIEWS[name].screen, ComputeScreen)]


def rule(kind: str, route: str = ANYTHING, **more: Any) -> dict[str, Any]:
    """A fault for the emulator; its times are as short as can be."""
    times: dict[str, dict[str, Any]] = {"latency": {"seconds": 0.05}, "429": {"retry_after": 1}, "429-no-retry-after": {"retry_after": 1}}
    return {"route": route, "kind": kind, **times.get(kind, {}), **more}


def changes(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the emulator's calls that asked for a change, done or not."""
    return [call for call in calls if re.search(CHANGES, f"{call['method']} {call['path']}", re.IGNORECASE)]


def carried_out(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the emulator's calls that changed something."""
    struck = [(call, set(call["faults"])) for call in changes(calls)]
    return [call for call, faults in struck if "reset-after" in faults or (200 <= call["status"] < 300 and not faults & REFUSING)]
