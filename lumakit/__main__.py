"""`python -m lumakit` is `lumakit`."""

from __future__ import annotations

import sys

from lumakit.cli import main

sys.exit(main())
