"""`/invoices`: payment intents over Bitpay's wire."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from app.compat import payment_methods
from app.compat.bitpay import requests, translate, views, wire
from app.compat.bitpay.requests import Listing, NewInvoice
from app.domain.account import Account
from app.domain.intent import Filter
from app.domain.ledger import Catalogue
from app.errors import NotFound
from app.services.choosing import Choosing
from app.services.intents import Intents
from app.world import World

FACADE = "pos/invoice"
MISSING = "Object not found"
COIN = "BTC"
Asked = Request[Any, Any, Any]
