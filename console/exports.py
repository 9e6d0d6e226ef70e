"""Exports: the rows on screen as files of their owner's alone (0600), to hand over or to compare later."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from console.domain.trouble import Kind, Trouble, TroubleError
from console.text import safe

#: What a spreadsheet takes for a formula when a cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(folder: Path, kind: str, names: Sequence[str], rows: Sequence[Sequence[str]], now: datetime) -> tuple[Path, Path]:
    """Write the rows as CSV and as JSON; returns both paths. Raises TroubleError where they cannot be written.

    Control characters are made visible; in the CSV a cell that a spreadsheet would calculate is quoted with an apostrophe.
    """
    inert = [[safe(cell, 4_000) for cell in row] for row in rows]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([[f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row] for row in inert])
    listed = json.dumps([dict(zip(names, row, strict=True)) for row in inert], indent=2, ensure_ascii=False)
    stem = f"{kind}-{now:%Y%m%dT%H%M%S}Z"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return new_file(folder, stem, "csv", text.getvalue()), new_file(folder, stem, "json", listed + "\n")
    except OSError as error:
        sentence = f"The export cannot be written to {folder}: {error.strerror}."
        raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "ExportUnwritable", str(error), at=now)) from error


def new_file(folder: Path, stem: str, suffix: str, text: str) -> Path:
    """A new file; one of the same second gets a number."""
    for number in range(1, 1_000):
        path = folder / (f"{stem}.{suffix}" if number == 1 else f"{stem}-{number}.{suffix}")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path
    raise FileExistsError(17, "a thousand exports within a second", str(folder))
