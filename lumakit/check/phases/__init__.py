"""What is asked, phase by phase. Each phase is a value: it says what it plans, and asks it by the probe.

A phase knows the contract and its reading, and no provider. It judges nothing: what was seen is judged together.
"""
