"""Microsoft's own command line on the emulator's budgets."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Emulator
from tests.emulator.test_azure_cli import pytestmark as real_az
from tests.emulator.test_azure_cli_access import Az, az

__all__ = ["az"]
pytestmark = real_az


def test_az_makes_lists_shows_and_deletes_budgets(az: Az, fresh_emulator: Emulator, tmp_path: Path) -> None:
    budget = ("consumption", "budget")
    period = ("--start-date", "2026-11-01", "--end-date", "2027-11-01", "--time-grain", "monthly", "--category", "cost")
    assert [one["name"] for one in az(*budget, "list")] == ["contoso-dev"]
    for group in ((), ("-g", "ml-dev-rg")):
        made = az(*budget, "create", "--budget-name", "mine", "--amount", "250.5", *period, *group)
        assert (made["name"], made["amount"], made["timeGrain"]) == ("mine", "250.5", "Monthly")
        assert made["timePeriod"]["startDate"].startswith("2026-11-01")
        fresh_emulator.control("POST", "clock", {"advance": 86_400})
        shown = az(*budget, "show", "--budget-name", "mine", *group)
        assert shown["currentSpend"]["unit"] == "USD"
        assert "mine" in [one["name"] for one in az(*budget, "list", *group)]
        az(*budget, "delete", "--budget-name", "mine", *group)
        assert "mine" not in [one["name"] for one in az(*budget, "list", *group)]
