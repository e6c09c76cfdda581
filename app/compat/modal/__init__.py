"""BTCPay's modal: its script, and the addresses of its checkout page.

Sites load the script and show an invoice by id; what they see is our own pay page, told
apart by nothing but its address. Source: BTCPay Server 2.4, `modal/btcpay.js` and the
routes of its `UIInvoiceController`, as its WooCommerce, PrestaShop and Magento plugins use them.
"""
