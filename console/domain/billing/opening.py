"""What opening Cost asks of a subscription: at most four questions, none of them about more than a month.

Sources: a query of days may not span more than a month, and has two groupings at most (Query - Usage, REST reference of Cost
Management); what was billed for a month is settled within 72 hours of its end (Understand Cost Management data, Microsoft Learn).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum

from console.domain.billing.questions import METER, RESOURCE, CostType, Grouping, Question

#: The tag by which costs are summed where nothing else is chosen.
TAG = "team"
#: How long an answer is good for: Cost Management's figures change every four hours or so.
KEPT = timedelta(hours=4)
#: Days whose bill does not change any more when so much has passed since, and for how long their answer is kept.
SETTLED = timedelta(days=5)
KEPT_SETTLED = timedelta(days=30)


class Part(StrEnum):
    """The questions of one subscription."""

    THIS_MONTH = "this month"
    LAST_MONTH = "last month"
    TAGGED = "by tag"
    TAGGED_BEFORE = "last month, by tag"
    FORECAST = "forecast"
    AMORTIZED = "this month, amortized"
    AMORTIZED_BEFORE = "last month, amortized"


#: What is asked at once, and what takes the place of the first two where costs are shown amortized.
OPENING = (Part.THIS_MONTH, Part.LAST_MONTH, Part.TAGGED, Part.FORECAST)
SPREAD = {Part.THIS_MONTH: Part.AMORTIZED, Part.LAST_MONTH: Part.AMORTIZED_BEFORE}


def question_of(part: Part, scope: str, today: date, tag: str = TAG) -> Question:
    """A question as it is on a day (UTC) of the server's clock. `scope` is the ARM id of a subscription or a resource group."""
    first, last = today.replace(day=1), today
    if part in {Part.LAST_MONTH, Part.AMORTIZED_BEFORE, Part.TAGGED_BEFORE}:
        last = first - timedelta(days=1)
        first = last.replace(day=1)
    if part is Part.FORECAST:
        return Question(scope=scope, first=today, last=today.replace(day=monthrange(today.year, today.month)[1]), forecast=True)
    by = (Grouping(tag, tag=True), RESOURCE) if part in {Part.TAGGED, Part.TAGGED_BEFORE} else (RESOURCE, METER)
    amortized = part in {Part.AMORTIZED, Part.AMORTIZED_BEFORE}
    return Question(scope=scope, first=first, last=last, type=CostType.AMORTIZED if amortized else CostType.ACTUAL, groupings=by)


def good_until(question: Question, asked: datetime) -> datetime:
    """Until when an answer is as good as a new one (UTC)."""
    settled = not question.forecast and asked.date() - question.last >= SETTLED
    return asked + (KEPT_SETTLED if settled else KEPT)


def months(question: Question) -> int:
    """Months of data that a question is about: about as many query units are what it costs (Manage costs with automation)."""
    first, last = question.first, question.last
    return max(1, (last.year - first.year) * 12 + last.month - first.month + 1)
