"""Bitcoin and the coins made like it: the families `bitcoin` and `litecoin`.

An address is written as its network writes it (bech32 in small letters) wherever it leaves this
folder: `Place.to`, `Transfer.to`, and what a `Watch` is asked about. A transfer is one output,
so its index is the output's number in its transaction.
"""
