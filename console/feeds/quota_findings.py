"""What is found of quotas: the rule over the families that are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from console.domain.findings.finding import Finding, subject_of
from console.domain.findings.quotas import pressing
from console.domain.quota import FamilyQuota
from console.feeds.feed import Feed
from console.feeds.source import Source


class QuotaFindings:
    """Finds nothing before quotas are read."""

    about = "quota"

    def __init__(self, families: Source[FamilyQuota], feeds: Sequence[Feed[Any]]) -> None:
        """`feeds` are those that quotas alone are read by."""
        self._families, self._feeds = families, feeds

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return self._feeds

    def changed(self) -> None:
        """Families are made anew where they changed; nothing is kept of them here."""

    def every(self) -> Iterator[Finding]:
        for row in self._families.items:
            yield from self.of(row)

    def of(self, row: FamilyQuota) -> tuple[Finding, ...]:
        """What is found of a family."""
        found = pressing(row)
        return (found,) if found is not None else ()

    def subject(self, finding_id: str) -> FamilyQuota | None:
        """The family that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._families.items if row.id.lower() == wanted), None)
