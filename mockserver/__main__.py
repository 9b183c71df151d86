"""`python -m mockserver` is `lumakit mock`."""

from __future__ import annotations

import sys

from lumakit.cli import main

sys.exit(main(["mock", *sys.argv[1:]]))
