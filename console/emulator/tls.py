"""The emulator's certificate: made once by a certificate authority of its own, kept for a year, trusted only by who is told to."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_NAMES = ("127.0.0.1", "localhost")
_VALID = timedelta(days=397)
_RENEW = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`authority` is the public certificate that clients trust; `chain` holds the server's key and certificate."""

    authority: Path
    chain: Path


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where certificates are kept between starts."""
    base = environment.get("XDG_STATE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state"
    return root / "aml-console" / "emulator"


def certificate(environment: Mapping[str, str], folder: Path | None = None) -> Certificate:
    """The certificate to serve with, kept in `folder` (default: the state folder).

    A new one is made when none is young enough, or in a temporary folder when none can be kept.
    """
    now = datetime.now(UTC)
    try:
        folder = folder or state_folder(environment)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        return _newest(folder, now) or _keep(folder, now)
    except (OSError, RuntimeError):
        folder = Path(tempfile.mkdtemp(prefix="aml-console-emulator-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return _make(folder, now)


def _newest(folder: Path, now: datetime) -> Certificate | None:
    oldest = f"tls-{now - _RENEW:%Y%m%d}"
    for known in sorted(folder.glob("tls-????????"), reverse=True):
        found = Certificate(known / "ca.pem", known / "server.pem")
        if known.name > oldest and os.access(found.authority, os.R_OK) and os.access(found.chain, os.R_OK):
            return found
    return None


def _keep(folder: Path, now: datetime) -> Certificate:
    """Make a certificate aside and move it into place at once, so that two first starts end with one and the same."""
    place = folder / f"tls-{now:%Y%m%d}"
    aside = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    try:
        _make(aside, now)
        with contextlib.suppress(OSError):
            aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    made = _newest(folder, now)
    if made is None:
        raise OSError(f"No certificate could be kept in {place}.")
    return made


def _make(folder: Path, now: datetime) -> Certificate:
    # Only a first start pays for this import and the keys. The authority's own key is never written anywhere.
    import trustme

    authority = trustme.CA(organization_name="aml-console emulator")
    issued = authority.issue_cert(*_NAMES, not_after=now + _VALID)
    made = Certificate(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(made.authority)
    made.chain.touch(mode=0o600)
    issued.private_key_and_cert_chain_pem.write_to_path(made.chain, append=True)
    return made
