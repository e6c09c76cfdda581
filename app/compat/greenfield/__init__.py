"""The Greenfield API of BTCPay Server, by its own names: what shops' plugins speak.

Source of every shape here: BTCPay Server's published API, 2.4.
"""
