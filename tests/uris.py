"""One payment URI of every kind a wallet reads, for the codes that must carry them."""

INVOICE = (
    "lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4"
    "jsxqzpuaztrnwngzn3kdzw5hydlzf03qdgm2hdq27cqv3agm2awhz5se903vruatfhq77w3ls4evs3ch9zw97j25emudu"
    "pq63nyw24cg27h2rspfj9srp"
)
BECH32 = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
URIS = {
    "EIP-681 native": "ethereum:0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063@1"
    "?value=1234500000000000000",
    "EIP-681 ERC-20": "ethereum:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913@8453/transfer"
    "?address=0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063&uint256=12500000",
    "BIP-21": f"bitcoin:{BECH32}?amount=0.00012345",
    "BIP-21 of Litecoin": "litecoin:ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh?amount=0.5",
    "BIP-21 base58": "bitcoin:3FZbgi29cpjq2GjdwV8eyHuJJnkLtktZc5?amount=0.5&label=Tea%20%26%20more",
    "BIP-21 with BOLT11": f"bitcoin:{BECH32}?amount=0.0025&lightning={INVOICE}",
    "BOLT11": f"lightning:{INVOICE}",
    "Solana Pay": "solana:mvines9iiHiQTysrwkJjGf2gb9Ex9jXJX8ns3qwf2kN?amount=12.5"
    "&spl-token=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
    "&reference=82ZJ7nbGpixjeDCmEhUcmwXYfvurzAgGdtSMuHnUgyny&label=Demo%20shop",
    "sandbox": "sandbox:sandbox1f00dcafe5eed?ledger=sandbox_usdc&amount=18000000",
    "plain URL": "https://till.example/i/pi_4gQ7fN2mXcVb8RtYzKsLpD",
}
