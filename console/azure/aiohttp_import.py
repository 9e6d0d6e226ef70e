"""Imports aiohttp without the two trust stores that it reads meanwhile: some 50 ms, and nobody here uses them.

The transport brings its own trust for every connection. What aiohttp would fall back to then trusts nobody: it fails, it never lets pass.
"""

from __future__ import annotations

import ssl
import sys
from importlib import import_module


def _read_nothing(_: ssl.SSLContext) -> None:
    return None


if "aiohttp" not in sys.modules:
    setattr(ssl.SSLContext, "set_default_verify_paths", _read_nothing)  # noqa: B010  (typed as the built-in that it covers)
    try:
        import_module("aiohttp")
    finally:
        del ssl.SSLContext.set_default_verify_paths
