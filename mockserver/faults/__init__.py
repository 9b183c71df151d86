"""Faults: what goes wrong on purpose, as values. What one does, when it applies, and what that makes of an answer.

Pure but for one lock: time, chance and what is known of tasks come with each visit. Knows no door: what a door does to
the wire is said in the answer, as a `Break`.
"""
