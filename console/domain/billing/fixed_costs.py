"""Fixed costs: what a compute costs beside its machines, also while it is stopped.

What is billed: "Plan to manage costs for Azure Machine Learning" (Microsoft Learn): a load balancer for each instance, also a stopped one
(about 0.33 USD a day), and one for every 50 nodes of a cluster; "Manage and optimize costs" adds the P10 OS disk (128 GB) of an instance
and its public IP. Amounts are list prices of US regions (Azure pricing pages: disk 19.71 USD a month of 730 h, static public IP 0.005 USD
an hour) and taken for every region: a few dollars a month, estimated.
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
