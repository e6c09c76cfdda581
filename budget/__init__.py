"""The budget: what a visit costs a shopper, how soon a page is there, and who can use it.

A room beside the product. It drives real browsers against the product as it is served.
"""
