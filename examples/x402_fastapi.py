"""A page that costs a dime, in FastAPI.

TILL=https://till.example SK=sk_… uvicorn x402_fastapi:app
"""

import os

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

TILL, KEY = os.environ["TILL"], os.environ["SK"]
app = FastAPI()


@app.get("/report")
async def report(request: Request) -> JSONResponse:
    wanted = {"amount": "0.10", "currency": "USD", "resource": str(request.url)}
    async with httpx.AsyncClient(base_url=TILL, headers={"Authorization": f"Bearer {KEY}"}) as till:
        if signed := request.headers.get("payment-signature"):
            paid = await till.post("/v1/x402/settle", json=wanted | {"payment": signed}, timeout=40)
            paid = paid.raise_for_status().json()
            receipt = {"PAYMENT-RESPONSE": paid["payment_response"]}
            if paid["outcome"] == "settled":
                return JSONResponse({"report": "All is well."}, headers=receipt)
            if paid["outcome"] == "pending":  # on its way: ask again with the same signature
                return JSONResponse({"retry": True}, status_code=202, headers=receipt)
        asked = (await till.post("/v1/x402/requirements", json=wanted)).raise_for_status().json()
    headers = {"PAYMENT-REQUIRED": asked["payment_required"]}
    return JSONResponse(asked["body"], status_code=402, headers=headers)
