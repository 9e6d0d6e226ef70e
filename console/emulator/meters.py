"""Meters: the names under which usage stands on the bill, and what a unit of them costs.

Categories, subcategories and meters are named as on Azure's price list. Prices of machines are those of `sizes`, all others the
emulator's own figures near Azure's list, in US dollars.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from console.emulator import sizes

_SIZE = re.compile(r"Standard_(?P<family>[A-Z]+)(?P<number>\d+)(?P<more>[a-z]*)(?P<card>_[A-Z]\w*?)?(?P<version>_v\d+)?", re.ASCII)
# What a size costs that has no price in the region's list.
UNLISTED = Decimal("98.32")


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter; `price` is USD per unit, `unit` what is counted."""

    category: str
    subcategory: str
    name: str
    service: str
    price: Decimal
    unit: str = "1 Hour"


def _meter(category: str, subcategory: str, name: str, price: str, unit: str = "1 Hour", service: str | None = None) -> Meter:
    return Meter(category, subcategory, name, service or category, Decimal(price), unit)


# What an instance pays for as long as it exists, and a load balancer for every fifty nodes of a cluster.
DISK = _meter("Storage", "Premium SSD Managed Disks", "P10 LRS Disk", "0.0270")
ADDRESS = _meter("Virtual Network", "IP Addresses", "Standard IPv4 Static Public IP", "0.0050")
BALANCER = _meter("Load Balancer", "Load Balancer", "Standard Included LB Rules and Outbound Rules", "0.0138")
NODES_PER_BALANCER = 50

BLOBS = _meter("Storage", "Tiered Block Blob", "Hot LRS Data Stored", "0.0196", "1 GB/Month")
WRITES = _meter("Storage", "Tiered Block Blob", "Hot LRS Write Operations", "0.0540", "10K")
VAULT = _meter("Key Vault", "Key Vault", "Operations", "0.0300", "10K")
LOGS = _meter("Log Analytics", "Log Analytics", "Analytics Logs Data Ingestion", "2.7600", "1 GB")
BANDWIDTH = _meter("Bandwidth", "Rtn Preference: MGN", "Standard Data Transfer Out", "0.0870", "1 GB")
REGISTRIES = {
    tier: _meter("Container Registry", "Container Registry", f"{tier} Registry Unit", price, "1/Day")
    for tier, price in (("Basic", "0.1666"), ("Standard", "0.6666"), ("Premium", "1.6666"))
}
KUBERNETES = _meter("Azure Kubernetes Service", "Azure Kubernetes Service", "Standard Uptime SLA", "0.1000")
DATABRICKS = _meter("Azure Databricks", "Azure Databricks", "Premium All-purpose Compute DBU", "0.5500")
SPARK = _meter("Azure Synapse Analytics", "Azure Synapse Analytics Serverless Apache Spark Pool", "vCore", "0.1430")
FACTORY = _meter("Azure Data Factory v2", "Azure Data Factory v2", "Cloud Orchestration Activity Run", "1.0000", "1K")
HADOOP = _meter("HDInsight", "HDInsight Dv2 Series", "D12 v2", "0.4100")


@cache
def machine(size: str, location: str, low_priority: bool = False) -> Meter:
    """The meter of a virtual machine of a size (a name in any case) in a region, by the hour."""
    known = sizes.find(size)
    name = str(known["name"]) if known is not None else size
    price = sizes.price(name, location, low_priority)
    found = _SIZE.fullmatch(name)
    told = name.removeprefix("Standard_").replace("_", " ")
    series = told if found is None else f"{found['family']}{found['more'].upper().replace('R', '')}{(found['version'] or '').lstrip('_')}"
    meter = f"{told} Low Priority" if low_priority else told
    return _meter("Virtual Machines", f"Virtual Machines {series} Series", meter, str(UNLISTED if price is None else price))
