"""The emulated world: the estate, its clock, and what the front keeps beside them."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.emulator import activity_past
from console.emulator.activity import Activity
from console.emulator.calls import CallLog
from console.emulator.clock import Clock
from console.emulator.cost_limits import CostLimits
from console.emulator.device_code import DeviceCodes
from console.emulator.estate import Estate
from console.emulator.faults import Faults, Rule
from console.emulator.limits import RateLimits
from console.emulator.metadata import VAULT_SUFFIX
from console.emulator.operations import Operations
from console.emulator.staleness import Staleness
from console.emulator.tokens import Tokens

if TYPE_CHECKING:
    from console.emulator.replay import Recorder


@dataclass(frozen=True, slots=True)
class Options:
    """What the world is built from: the same options give the same estate and the same story."""

    seed: int
    scale: int
    speed: float
    epoch: datetime
    faults: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens this process, and what its tokens are signed with. `revocations` is how often people's sessions have been ended."""

    control_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    signing_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    revocations: int = 0


@dataclass(slots=True)
class World:
    """Everything a handler may need. `base_url` has no trailing slash; every absolute URL that is served starts with it, or with the
    address of a vault. `vault_ports` are the ports of the vaults that are listened for, by their names."""

    estate: Estate
    clock: Clock
    operations: Operations
    faults: Faults
    calls: CallLog
    base_url: str
    options: Options
    tokens: Tokens
    limits: RateLimits
    activity: Activity
    control_token: str = field(repr=False)
    device_codes: DeviceCodes = field(default_factory=DeviceCodes)
    recorder: Recorder | None = None
    cost_limits: CostLimits = field(default_factory=CostLimits)
    staleness: Staleness = field(default_factory=Staleness)
    vault_ports: dict[str, int] = field(default_factory=dict)

    def vault_address(self, name: str) -> str:
        """Where a vault is reached, without a trailing slash; one that came after the start is reached nowhere."""
        port = next((port for known, port in self.vault_ports.items() if known.lower() == name.lower()), None)
        return f"https://{name}.{VAULT_SUFFIX}" if port is None else f"https://127.0.0.1:{port}"

    def vault_at(self, port: int) -> str | None:
        """The name of the vault that is listened for at a port; None for the emulator's own."""
        return next((name for name, known in self.vault_ports.items() if known == port), None)

    def reset(self) -> None:
        """Go back to the beginning: estate, clock, operations, activity, faults, calls and budgets. Tokens that were issued stay valid."""
        self.estate, self.clock = _begin(self.options)
        self.operations = Operations(self.base_url, self.options.seed)
        self.activity = Activity(activity_past.past_of(self.estate))
        self.faults = Faults(self.options.faults, random.Random(self.options.seed), self.tokens.next_challenge())
        self.staleness = Staleness()
        self.calls.clear()
        self.limits.clear()
        self.cost_limits.clear()
        self.tokens.restore_lifetime()
        self.device_codes = DeviceCodes()


def _begin(options: Options) -> tuple[Estate, Clock]:
    from console.emulator import story

    clock = Clock(options.epoch, options.speed)
    # Building takes real time; the story must not depend on how much.
    with clock.standing(options.epoch):
        return story.build(options.seed, options.scale, options.epoch, clock), clock


def build_world(options: Options, base_url: str, keys: Keys | None = None) -> World:
    """A fresh world that is reached at `base_url`; with the same keys it knows the tokens of another."""
    estate, clock = _begin(options)
    keys = keys or Keys()
    tokens = Tokens(estate.tenant_id, key=keys.signing_key, revocations=keys.revocations)
    return World(
        estate=estate,
        clock=clock,
        operations=Operations(base_url, options.seed),
        faults=Faults(options.faults, random.Random(options.seed), tokens.next_challenge()),
        calls=CallLog(),
        base_url=base_url,
        options=options,
        tokens=tokens,
        limits=RateLimits(),
        activity=Activity(activity_past.past_of(estate)),
        control_token=keys.control_token,
    )
