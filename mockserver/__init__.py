"""The mock server's package. It holds no server yet: the contract it will be driven by comes first."""
