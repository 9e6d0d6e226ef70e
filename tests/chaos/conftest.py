"""The console that is opened here is the one of the screens' tests."""

from __future__ import annotations

from tests.screens.conftest import brisk, open_console

__all__ = ["brisk", "open_console"]
