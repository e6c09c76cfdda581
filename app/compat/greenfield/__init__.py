"""Greenfield: the API of BTCPay Server as its plugins and clients call it, below `/api/v1/`.

Facts of the wire are those of BTCPay Server 2.4.1, its WooCommerce plugin 2.8 and its PHP
client 2.9. A store is an account, an invoice a payment intent. Nothing is decided here: each
handler calls the service our own API calls and writes the answer in Greenfield's words.
"""
