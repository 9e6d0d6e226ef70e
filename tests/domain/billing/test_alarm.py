"""The alarm: once when the burn passes the limit, and again only after it was below."""

from __future__ import annotations

from decimal import Decimal

import pytest

from console.domain.billing.alarm import Alarm
from console.domain.figures import Confidence, Figure, unknown


def burn(value: int | None, missing: int = 0) -> Figure:
    if value is None:
        return unknown("USD/h", "no price")
    return Figure(Decimal(value), "USD/h", "list price", Confidence.ESTIMATED, None, missing)


@pytest.mark.parametrize(
    ("burns", "rings"),
    [
        ([10, 51, 60, 52], "-!--"),
        ([60, 60], "!-"),
        ([50, 51], "-!"),
        ([51, 50, 51, 10, 99], "!-!-!"),
        ([None, 51, None, 52], "-!--"),
    ],
)
def test_it_rings_once_for_each_passing(burns: list[int | None], rings: str) -> None:
    alarm = Alarm(Decimal(50))
    assert "".join("!" if alarm.rings(burn(value)) else "-" for value in burns) == rings


def test_a_burn_that_is_known_in_part_rings_above_but_does_not_end_the_alarm() -> None:
    alarm = Alarm(Decimal(50))
    assert alarm.rings(burn(51, missing=1))
    assert not alarm.rings(burn(10, missing=1)) and not alarm.rings(burn(51)), "the rest may have burnt on"
    assert not alarm.rings(burn(10)) and alarm.rings(burn(51))


def test_no_limit_no_alarm() -> None:
    assert not Alarm(Decimal(0)).rings(burn(10**6))
