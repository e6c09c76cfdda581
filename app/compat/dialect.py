"""The dialects this house speaks to webhook endpoints, by name.

A new one is a folder beside this file, whose `webhook.py` has a class with the shape of
`app.services.dialects.Dialect`, and a line here.
"""

from app.services.dialects import Dialect, Native

__all__ = ["DIALECTS", "Dialect"]

DIALECTS: dict[str, Dialect] = {one.name: one for one in (Native(),)}
