"""x402 against a real node, with a real token, signed by real keys."""
