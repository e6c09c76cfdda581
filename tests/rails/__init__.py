"""Rails, each kept to the one contract, and the EVM rail against a real node."""
