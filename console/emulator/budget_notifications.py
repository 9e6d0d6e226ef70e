"""Notifications of a budget: whom it tells at which threshold, by the rules of the published schema.

That a contact role alone is enough is not in the schema, which asks for an e-mail address or an action group; clients rely on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from console.emulator.budget_errors import InvalidBudgetError, number, texts

#: LessThan is for reservations.
OPERATORS = ("EqualTo", "GreaterThan", "GreaterThanOrEqualTo")
KINDS = ("Actual", "Forecasted")
MOST_OF_A_KIND = 5
MOST_CONTACTS = 50
_LOCALES = (
    *("cs-cz", "da-dk", "de-de", "en-gb", "en-us", "es-es", "fr-fr", "hu-hu", "it-it", "ja-jp", "ko-kr"),
    *("nb-no", "nl-nl", "pl-pl", "pt-br", "pt-pt", "ru-ru", "sv-se", "tr-tr", "zh-cn", "zh-tw"),
)


def normal_notifications(told: Any, group: bool) -> dict[str, dict[str, Any]]:
    """Notifications as they are kept, by name. `group` says that the budget is a management group's. Raises InvalidBudgetError."""
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise InvalidBudgetError("'notifications' must be an object.")
    found = {name: _notification(name, one, group) for name, one in told.items()}
    for kind in KINDS:
        if sum(one["thresholdType"] == kind for one in found.values()) > MOST_OF_A_KIND:
            raise InvalidBudgetError(f"A budget can have up to {MOST_OF_A_KIND} notifications with thresholdType {kind}.")
    return found


def _notification(name: str, told: Any, group: bool) -> dict[str, Any]:
    place = f"notifications.{name}"
    if not isinstance(told, dict):
        raise InvalidBudgetError(f"'{place}' must be an object.")
    if not isinstance(told.get("enabled"), bool):
        raise InvalidBudgetError(f"'{place}.enabled' must be true or false.")
    found = {
        "enabled": told["enabled"],
        "operator": _one_of(told.get("operator"), OPERATORS, f"{place}.operator"),
        "threshold": _threshold(told.get("threshold"), place),
        "contactEmails": texts(told.get("contactEmails"), f"{place}.contactEmails"),
        "contactRoles": texts(told.get("contactRoles"), f"{place}.contactRoles"),
        "contactGroups": texts(told.get("contactGroups"), f"{place}.contactGroups"),
        "thresholdType": _one_of(told.get("thresholdType") or "Actual", KINDS, f"{place}.thresholdType"),
    }
    _contacts(found, place, group)
    if told.get("locale") is not None:
        found["locale"] = _one_of(told["locale"], _LOCALES, f"{place}.locale")
    return found


def _one_of(told: Any, known: tuple[str, ...], place: str) -> str:
    found = next((one for one in known if one.lower() == str(told).lower()), None)
    if found is None:
        raise InvalidBudgetError(f"'{place}' must be one of {', '.join(known)}, not {str(told)[:40]!r}.")
    return found


def _threshold(told: Any, place: str) -> float:
    threshold = number(told, f"{place}.threshold")
    if not 0 <= threshold <= 1000:
        raise InvalidBudgetError(f"'{place}.threshold' must be between 0 and 1000.")
    if threshold != threshold.quantize(Decimal("0.01")):
        raise InvalidBudgetError(f"'{place}.threshold' can have 2 decimal places at most.")
    return float(threshold)


def _contacts(found: Mapping[str, Any], place: str, group: bool) -> None:
    emails, roles, groups = (found[name] for name in ("contactEmails", "contactRoles", "contactGroups"))
    for name, contacts in (("contactEmails", emails), ("contactGroups", groups)):
        if len(contacts) > MOST_CONTACTS:
            raise InvalidBudgetError(f"'{place}.{name}' can have up to {MOST_CONTACTS} entries.")
    for email in emails:
        local, at, domain = email.strip().rpartition("@")
        if not (local and at and "." in domain) or " " in email.strip():
            raise InvalidBudgetError(f"'{place}.contactEmails' has {email[:60]!r}, which is no e-mail address.")
    for one in groups:
        if not one.lower().startswith("/subscriptions/") or "/providers/microsoft.insights/actiongroups/" not in one.lower():
            raise InvalidBudgetError(f"'{place}.contactGroups' must have fully qualified ids of action groups, not {one[:60]!r}.")
    if group and (roles or groups):
        raise InvalidBudgetError(f"'{place}' can have contact roles and groups at subscription or resource group scopes only.")
    if not emails and (group or not (roles or groups)):
        raise InvalidBudgetError(f"'{place}' must have at least one contact{' email' if group else ' email or contact group'}.")
