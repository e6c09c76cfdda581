"""The Bitpay-compatible API of BTCPay Server, as shops' plugins and its old clients speak it.

Facts of the wire are those of BTCPay Server 2.4.1 (its `Bitpay…` controllers), the `btcpay`
clients of npm and PyPI, and the WHMCS plugin. Nothing is decided here: each handler calls the
service our own API calls and writes the answer in Bitpay's words.
"""
