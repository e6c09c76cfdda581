"""The clients that Bitpay's API of BTCPay Server has on npm and PyPI, unmodified."""
