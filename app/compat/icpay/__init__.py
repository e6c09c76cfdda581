"""ICPay's wire, as its public clients speak it: `@ic-pay/icpay-sdk` and `@ic-pay/icpay-widget`.

Facts of the wire are those of the SDK 1.4.135 and the widget 1.2.52. Nothing is decided here:
each handler calls the service our own API calls and writes the answer in ICPay's words.
"""
