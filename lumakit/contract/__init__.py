"""The contract: what a provider published, our corrections to it and our reading of it, as one frozen value.

`entrance` is the way in. Client, mock server and checker look at the contract; it looks at none of them.
"""
