"""Links: the addresses that a service gives, and whether they lead to that service itself, where its token may go."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urljoin, urlsplit

HTTPS = 443


def origin(url: str) -> tuple[str, int] | None:
    """Host (lower case) and port that a URL leads to; None where it is no plain https address: a token never goes there."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.hostname, port or HTTPS


@lru_cache(maxsize=512)  # every poll follows the same links
def own_link(base: str, link: str) -> str | None:
    """`link` made absolute, if it leads to the service at `base`; None where it leads elsewhere or nowhere."""
    try:
        absolute = urljoin(base.rstrip("/") + "/", link)
    except ValueError:
        return None
    found = origin(absolute)
    # Put together again: what parsers read differently (line breaks, tabs) is gone then.
    return urlsplit(absolute).geturl() if found is not None and found == origin(base) else None
