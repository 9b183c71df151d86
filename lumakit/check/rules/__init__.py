"""Rules as data: codes, what each looks at, and a pure function. X2xx judge one exchange, L3xx one task's story, W4xx
its webhooks.

Knows what was seen, never who asked or who answered.
"""
