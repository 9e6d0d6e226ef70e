"""Calibration: k over the days that the bill certainly has, or the reason why there is none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from console.domain.billing.calibration import calibrate, calibrations, compared_days, settled
from console.domain.figures import Confidence, Figure, unknown
from tests.domain.billing.spans import at

ASKED = at(9)
DAYS = [date(2026, 11, 6), date(2026, 11, 7), date(2026, 11, 8)]


def figure(value: str, unit: str = "USD", missing: int = 0) -> Figure:
    return Figure(Decimal(value), unit, "s", Confidence.ESTIMATED, None, missing)


def by_day(*values: str | None, unit: str = "USD") -> dict[date, Figure]:
    return {day: figure(value, unit) for day, value in zip(DAYS, values, strict=False) if value is not None}


@pytest.mark.parametrize(
    ("asked", "last"),
    [
        (at(9), date(2026, 11, 8)),
        (at(4), date(2026, 11, 8)),
        (at(3.99), date(2026, 11, 7)),
        (at(23.9), date(2026, 11, 8)),
        (at(28), date(2026, 11, 9)),
    ],
)
def test_a_day_is_settled_when_it_ended_a_latency_and_a_renewal_ago(asked: datetime, last: date) -> None:
    assert settled(asked) == last
    assert compared_days(asked) == (last - timedelta(days=2), last - timedelta(days=1), last)


def test_k_is_billed_by_estimated_over_three_days() -> None:
    found = calibrate(by_day("90", "80", "100"), by_day("100", "100", "100"), ASKED)
    assert (found.k.value, found.k.confidence, found.days) == (Decimal("0.9"), Confidence.RECONSTRUCTED, tuple(DAYS))
    assert (found.billed.value, found.estimated.value) == (270, 300)
    assert found.k.source == "billed ÷ estimated, 06 Nov, 07 Nov, 08 Nov"
    corrected = found.corrected(figure("50", missing=2))
    assert (corrected.value, corrected.missing, corrected.confidence) == (45, 2, Confidence.ESTIMATED)
    assert "× 0.90" in corrected.source


@pytest.mark.parametrize(
    ("billed", "estimated", "k", "days"),
    [
        (by_day("90", None, "100"), by_day("100", "100", "100"), Decimal("0.95"), 2),
        (by_day("90", "70"), by_day("100", None, "9"), Decimal("0.9"), 1),
        (by_day("90"), {}, None, 0),
        ({}, {}, None, 0),
        (by_day("0", "0", "0"), by_day("1", "1", "1"), None, 3),
        (by_day("1", "1", "1"), by_day("0", "0", "0"), None, 3),
        (by_day("-5", "1", "1"), by_day("1", "1", "1"), None, 3),
        (by_day("9", "9", "9", unit="EUR"), by_day("9", "9", "9"), None, 3),
        ({date(2026, 11, 9): figure("1")}, {date(2026, 11, 9): figure("1")}, None, 0),
    ],
)
def test_with_less_k_is_less_sure_or_none(billed: dict[date, Figure], estimated: dict[date, Figure], k: Decimal | None, days: int) -> None:
    found = calibrate(billed, estimated, ASKED)
    assert (found.k.value, len(found.days)) == (k, days)
    assert found.k.confidence is (Confidence.UNKNOWN if k is None else Confidence.ESTIMATED)
    assert found.k.source
    if k is None:
        assert found.corrected(figure("5", found.estimated.unit)).value is None


def test_currencies_are_not_compared_and_the_reason_is_told() -> None:
    found = calibrate(by_day("9", "9", "9", unit="EUR"), by_day("9", "9", "9"), ASKED)
    assert found.k.source == "billed in EUR, estimated in USD"
    with pytest.raises(ValueError, match="EUR"):
        found.corrected(figure("1", "EUR"))


def test_what_the_estimate_lacks_makes_k_less_sure() -> None:
    found = calibrate(by_day("90", "80", "100"), {**by_day("100", "100"), DAYS[2]: figure("100", missing=2)}, ASKED)
    assert (found.k.value, found.k.missing, found.k.confidence) == (Decimal("0.9"), 2, Confidence.ESTIMATED)


def test_an_unknown_estimate_is_not_corrected() -> None:
    found = calibrate(by_day("1", "1", "1"), by_day("1", "1", "1"), ASKED)
    assert found.corrected(unknown("USD", "no price")).source == "no price"


def test_over_all_scopes_only_what_both_tell_of_is_compared() -> None:
    billed = {
        "a": by_day("90", "90", "90"),
        "b": by_day("10", "10", None),
        "c": by_day("1000", "1000", "1000"),
        "e": by_day("7", unit="EUR"),
    }
    guesses = {"a": by_day("100", "100", "100"), "b": by_day("20", "20", "20"), "d": by_day("5"), "e": by_day("7")}
    whole, each = calibrations(billed, guesses, ASKED)
    assert (whole.billed.value, whole.estimated.value) == (290, 340)
    assert whole.k.value == Decimal("0.8529")
    assert {scope: one.k.value for scope, one in each.items()} == {
        "a": Decimal("0.9"),
        "b": Decimal("0.5"),
        "c": None,
        "d": None,
        "e": None,
    }
