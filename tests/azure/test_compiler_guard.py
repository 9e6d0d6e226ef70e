"""What keeps the compiler child to itself: real attempts to reach the network and other programs."""

from __future__ import annotations

import subprocess
import sys

import pytest

REACHING = {
    "network": "import requests; requests.get('http://127.0.0.1:9/')",
    "names": "import socket; socket.getaddrinfo('example.com', 443)",
    "programs": "import subprocess; subprocess.run(['true'])",
    "az": "import os; os.system('true')",
}


@pytest.mark.parametrize("what", REACHING)
def test_the_child_reaches_nothing_outside_itself(what: str) -> None:
    program = f"import sys; from console.azure.compiler_child import _guard; sys.addaudithook(_guard)\n{REACHING[what]}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "the compiler reaches nothing outside itself" in done.stderr
