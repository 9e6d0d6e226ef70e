"""The allowance of Cost Management: how many query units (QPU) are left to a tenant, as its answers tell.

Units: 12 per 10 seconds, 60 per minute, 600 per hour and tenant; about one for each month of data
(Manage costs with automation, Microsoft Learn).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

#: The window whose rest counts for the cap: Azure's word for it.
HOUR = "QueriesPerHour"


class QueryAllowance(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer tells. `consumed` are the units that it cost (None: it does not say).

    `units` are the units left by window ("QueriesPerHour" → 597), `requests` the requests left by who is counted ("tenant" → 49).
    """

    consumed: Decimal | None = None
    units: Mapping[str, int] = {}
    requests: Mapping[str, int] = {}

    @property
    def left_this_hour(self) -> int | None:
        """Units that the tenant has left in this hour; None where Azure does not tell."""
        return self.units.get(HOUR)
