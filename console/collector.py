"""The garbage collector at the start: it rests while modules are imported, then spares what they made.

A start makes some 200,000 objects that live as long as the process. Looking at them again and again is a tenth of the time to the first
frame, and a collection of all of them later would stall a key by as much as ten frames.
"""

from __future__ import annotations

import gc


def rest() -> None:
    """Collect nothing until `resume`."""
    gc.disable()


def resume() -> None:
    """Collect from now on, but never again what is there already."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def spare() -> None:
    """Never collect again what is there by now, where more was imported since."""
    if gc.isenabled():
        gc.freeze()
