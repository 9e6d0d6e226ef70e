"""`python -m console`: the same as `aml-console`."""

import sys

from console.cli import main

sys.exit(main())
