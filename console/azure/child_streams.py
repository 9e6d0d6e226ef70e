"""A child's end of its line protocol: its streams, kept clean of what libraries print, and answers as lines of JSON.

Nothing heavy is imported here: it delays what a child is started for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, BinaryIO


def take_over() -> tuple[BinaryIO, BinaryIO]:
    """Requests and answers, moved away from 0 and 1, so that no print and no child of a library gets into them."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    os.close(nowhere)
    return requests, answers


def say(answers: BinaryIO, answer: Mapping[str, Any]) -> None:
    """Write one answer as one line; the process ends where the console has gone."""
    line = memoryview(json.dumps(answer, default=str).encode() + b"\n")
    try:
        while line:
            line = line[answers.write(line) :]
    except OSError:
        os._exit(0)
