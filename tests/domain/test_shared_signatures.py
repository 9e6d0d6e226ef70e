"""Shared access signatures: what one tells of itself, and why one would open nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.domain.shared_signatures import bare, fault, told, words

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sv=2022-11-02&se=2026-12-01T00%3A00%3A00Z&sp=rl&sr=c&sig=canary", ""),
        ("?sv=2022-11-02&se=2026-12-01&sp=racwdl&sr=c&sig=canary", ""),
        ("https://a.blob.core.windows.net/c?si=partner&sr=c&sig=canary", ""),
        ("sv=2022-11-02&se=2026-11-02T08%3A00%3A00Z&sp=rl&sr=c&sig=canary", "it ran out on 2026-11-02 08:00 UTC"),
        ("sv=2022-11-02&se=2026-12-01&sp=rw&sr=c&sig=canary", "it lets read, write only: read and list are needed"),
        ("canary==", "no SAS: it has no sig=…"),
        ("", "no SAS: it has no sig=…"),
        ("sig=&se=2027-01-01", "no SAS: it has no sig=…"),
    ],
)
def test_what_would_open_nothing_is_refused_without_repeating_it(text: str, why: str) -> None:
    assert fault(text, NOW) == why and "canary" not in fault(text, NOW)


def test_what_it_tells() -> None:
    known = told("https://a.blob.core.windows.net/c?se=2026-12-01&sp=rx&sig=a%2Bb")
    assert (known.ends, known.permissions, known.signed) == (datetime(2026, 12, 1, tzinfo=UTC), "rx", True)
    assert words("rx") == "read, x" and bare(" https://a/c?sig=a%2Bb ") == "sig=a%2Bb"
    assert told("se=soon&sig=a").ends is None
