"""What a visit may cost. Bytes and requests are gates: they are the same on every machine."""

LOADER_BR_BYTES_MAX = 2_000
COMPONENTS_BR_BYTES_MAX = 12_288  # all of them, beside the loader, fetched when one is used
EMBED_BR_BYTES_MAX = 7_168  # ICPay's script spoken here: the loader, and all that translates
BTCPAY_BR_BYTES_MAX = 2_500  # BTCPay's script spoken here, as a site loads it
SCRIPT_BR_BYTES_MAX = 5_120  # before a wallet is asked for
WIRE_BYTES_MAX = 14_336  # one initial congestion window: everything a visit takes
REQUESTS_MAX = 4
