"""Words: what a shopper reads, in fifty languages."""
