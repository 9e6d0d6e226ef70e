"""Shared access signatures made here: Azure has no call that must be asked for one, whoever has a key of the account signs with it.

Microsoft Learn, "Create a service SAS" (versions 2020-12-06 and later), as azure-storage-blob's `generate_container_sas` and
azure-storage-file-share's `generate_share_sas` do it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import quote

from console.azure.sources import StorageSas

#: The version of the storage services whose rules these signatures follow.
SERVICE_VERSION = "2022-11-02"


def signed(named: StorageSas, key: str) -> str:
    """The service SAS, over HTTPS alone, for a container (`blob`) or a share (`file`), signed with a key of its account (base64).

    Raises ValueError, which repeats nothing of the key, where that is no base64.
    """
    account = named.account_id.rsplit("/", 1)[-1]
    blob = named.service == "blob"
    fields = {
        "se": named.expires,
        "sp": named.permissions,
        "spr": "https",
        "sv": SERVICE_VERSION,
        "sr": "c" if blob else "s",
    }
    place = f"/{named.service}/{account}/{named.container}"
    # sp, st, se, the place, si, sip, spr, sv; of blobs also sr, snapshot and encryption scope; five response headers.
    head = [fields["sp"], "", fields["se"], place, "", "", fields["spr"], fields["sv"]]
    lines = [*head, *((fields["sr"], "", "") if blob else ()), "", "", "", "", ""]
    try:
        secret = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the account's key is no base64") from None
    signature = hmac.new(secret, "\n".join(lines).encode(), hashlib.sha256).digest()
    told = fields | {"sig": base64.b64encode(signature).decode()}
    return "&".join(f"{name}={quote(text, safe='')}" for name, text in told.items())
