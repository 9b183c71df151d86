"""Does an endpoint keep its contract, over time? Traffic comes in, a verdict goes out.

Knows contracts, what was asked and what was answered. Does not know the mock server or the clients: what is checked is
a `Target` that the porch hands in.
"""
