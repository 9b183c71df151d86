"""What is chosen when nobody chooses. Only figures and names."""

from __future__ import annotations

HOST = "127.0.0.1"
PORT = 4010
SPEED = 10.0  # a task of the vendored providers then takes about ten seconds
MAX_TASKS = 100_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ADMIN = "/__admin"  # where the control API and the dashboard are
MEDIA = "/__media/"  # where the files of tasks are
