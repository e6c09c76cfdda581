"""The EVM family: every chain that speaks Ethereum's JSON-RPC.

Addresses are EIP-55 checksummed wherever they leave this folder: `Place.to`,
`Transfer.to`, `Transfer.sender`, `Ledger.contract`, and what a `Watch` is asked about.
"""
