"""Clients and plugins of BTCPay Server's Greenfield API, against our server and regtest."""
