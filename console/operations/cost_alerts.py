"""Plans for alerts of Cost Management: put aside, and brought back. The budget goes on, and so do its mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from console.azure import cost_alerts as requests
from console.domain.access.naming import scope_words
from console.domain.billing.budgets import ACTIVE, DISMISSED, Alert
from console.operations.plan import Concern, Effect, Plan, Settling, Step

WRITE = "Microsoft.CostManagement/alerts/write"


def can_dismiss(alert: Alert) -> str:
    """Why an alert cannot be put aside ("" when it can)."""
    if alert.fault:
        return "Azure's answer about it could not be read"
    return "" if alert.status == ACTIVE else f"it is {alert.status or '?'}: only an active alert is put aside"


def can_reactivate(alert: Alert) -> str:
    """Why an alert cannot be brought back ("" when it can)."""
    if alert.fault:
        return "Azure's answer about it could not be read"
    return "" if alert.status == DISMISSED else f"it is {alert.status or '?'}: only a dismissed alert is brought back"


def dismiss(alerts: Sequence[Alert], subscriptions: Mapping[str, str]) -> Plan:
    """Put alerts aside; `subscriptions` are names by id."""
    effect = "it is off the list of alerts, for everybody; costs and budget stay as they are, and its next alert comes all the same"
    return _plan("dismiss alert", "Dismiss", alerts, DISMISSED, effect, subscriptions)


def reactivate(alerts: Sequence[Alert], subscriptions: Mapping[str, str]) -> Plan:
    """Bring dismissed alerts back."""
    return _plan("reactivate alert", "Reactivate", alerts, ACTIVE, "it is an active alert again, for everybody", subscriptions)


def _plan(verb: str, word: str, alerts: Sequence[Alert], status: str, effect: str, subscriptions: Mapping[str, str]) -> Plan:
    places = tuple(dict.fromkeys(scope_words(each.scope, subscriptions) for each in alerts))
    what = f"the alert of {_name(alerts[0])}" if len(alerts) == 1 else f"{len(alerts)} alerts"
    return Plan(
        verb=verb,
        title=f"{word} {what}",
        where=", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else ""),
        steps=tuple(_step(each, status, effect) for each in alerts),
        undo_note=f"Undo makes {'it' if len(alerts) == 1 else 'them'} {alerts[0].status} again.",
    )


def _step(alert: Alert, status: str, effect: str) -> Step:
    back = _status_step(alert, status, alert.status)
    return replace(_status_step(alert, alert.status, status), effects=(Effect(Concern.CHANGE, effect),), undo=back)


def _status_step(alert: Alert, before: str, after: str) -> Step:
    return Step(
        target_id=alert.id,
        target_name=_name(alert),
        request=requests.status_request(alert.id, after),
        permission=WRITE,
        at=alert.scope,
        sdk=f'client.alerts.dismiss("{alert.scope}", "{alert.name}", DismissAlertPayload(properties=AlertProperties(status="{after}")))',
        rests_on=before,
        settles=Settling((after,)),
    )


def _name(alert: Alert) -> str:
    budget = alert.budget.rsplit("/", 1)[-1] or alert.name
    return budget if alert.threshold is None else f"{budget} at {(alert.threshold * 100).normalize():f} %"
