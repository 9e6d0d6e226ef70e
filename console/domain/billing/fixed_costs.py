"""Fixed costs: what a compute costs beside its machines, also while it is stopped.

"Plan to manage costs for Azure Machine Learning" (Microsoft Learn): one load balancer for each instance, stopped ones too, and one for
every 50 nodes of a cluster, around 0.33 USD a day each. Microsoft's documentation has an instance pay for its OS disk (P10, 128 GB) and
its public IP as well, whether it runs or not. Disk and address are list prices (19.71 USD a month of 730 h; a standard static address
0.005 USD an hour, East US), taken for every region. None of this was seen on a bill yet: it is estimated.
"""

from __future__ import annotations

from decimal import Decimal

#: USD/h each.
OS_DISK = Decimal("19.71") / 730
PUBLIC_IP = Decimal("0.005")
LOAD_BALANCER = Decimal("0.01375")


def of_instance(public_ip: bool = True) -> Decimal:
    """What an instance costs in USD/h for as long as it exists, whether up or stopped."""
    return OS_DISK + LOAD_BALANCER + (PUBLIC_IP if public_ip else Decimal(0))
