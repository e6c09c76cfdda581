"""The API's document tells the truth, and its page needs nothing from anybody."""

import re
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from jsonschema_rs import Draft202012Validator

from tests.houses import new_database
from tests.sites import Site, open_site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("house")
    url = new_database("sqlite", folder)
    async with open_site(url, folder, public_url="https://till.example") as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(shop: Site) -> Any:
    return await shop.get("/schema/openapi.json", key=None)


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


async def test_the_document_is_openapi_3_1_of_this_house(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "https://till.example"}]
    assert len(operations(document)) >= 40
    assert all(path.startswith("/v1/") for path in document["paths"])
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9_]+", id) for id in ids), ids


async def test_every_operation_tells_who_may_and_every_way_it_refuses(document: Any) -> None:
    for method, path, operation in operations(document):
        answers = operation["responses"]
        told = f"{method} {path}"
        assert any(status[0] == "2" for status in answers), told
        assert "503" in answers, told
        assert operation["summary"], told
        assert ("404" in answers) >= ("{" in path), told
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= answers.keys(), told
        if operation["security"]:
            assert "401" in answers, told
        if operation["security"] == [{"secret": []}]:
            assert "403" in answers, told
        for status, answer in answers.items():
            if status[0] == "4" or status[0] == "5":
                (schema,) = [one["schema"] for one in answer["content"].values()]
                assert set(answer["content"]) == {"application/problem+json"}, told
                assert schema["allOf"][0]["$ref"].endswith("/Problem"), told
                assert schema["allOf"][1]["properties"]["code"]["enum"], told


async def test_posts_that_make_something_take_an_idempotency_key(document: Any) -> None:
    for path in ("/v1/payment_intents", "/v1/payment_links", "/v1/keys", "/v1/webhook_endpoints"):
        operation = document["paths"][path]["post"]
        names = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
        assert names == ["Idempotency-Key"]
        assert "409" in operation["responses"]


async def test_components_have_clean_names_and_every_reference_leads_somewhere(
    document: Any,
) -> None:
    schemas = document["components"]["schemas"]
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", name) for name in schemas), list(schemas)
    assert not [name for name in schemas if name.endswith("View")]
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references == set(schemas)


async def test_bodies_take_no_field_but_their_own_and_their_examples_fit(document: Any) -> None:
    schemas = document["components"]["schemas"]
    for method, path, operation in operations(document):
        if "requestBody" not in operation:
            continue
        if "image/png" in operation["requestBody"]["content"]:
            continue  # its bytes say what it is
        (content,) = operation["requestBody"]["content"].values()
        name = content["schema"]["$ref"].rpartition("/")[2]
        assert schemas[name]["additionalProperties"] is False, f"{method} {path}"
        whole = schemas[name] | {"components": document["components"]}
        for example in schemas[name].get("examples", []):
            Draft202012Validator(whole).validate(example)


async def test_what_is_answered_fits_what_is_documented(shop: Site, document: Any) -> None:
    made = await shop.intent(metadata={"a": [1, None]}, order_id="7")
    await shop.pay(made["id"], share="0.5", confirmations=2)
    link = await shop.link(collect={"email": "optional"})
    await shop.post(f"/v1/payment_links/{link['shortcode']}/intents", {}, key=None)
    path = f"/v1/payment_intents/{made['id']}"
    await shop.look(made["id"])
    asked = await shop.post(f"{path}/refund_request", {"address": "sandbox1payer"}, key=None)
    told = await shop.post(f"{path}/transactions", {"tx": "sbx_unheard"}, key=None)
    seen = {
        "RefundRequestForPayer": [asked],
        "RefundRequestList": [await shop.get("/v1/refund_requests")],
        "TransactionDiagnosis": [told],
        "PaymentIntent": [made, await shop.look(made["id"])],
        "PaymentIntentForPayer": [await shop.get(f"/v1/payment_intents/{made['id']}", key=None)],
        "PaymentIntentList": [await shop.get("/v1/payment_intents")],
        "PaymentLink": [link],
        "SubmissionList": [await shop.get(f"/v1/payment_links/{link['id']}/submissions")],
        "LedgerList": [await shop.get("/v1/ledgers")],
        "KeyList": [await shop.get("/v1/keys")],
        "Account": [await shop.get("/v1/account")],
        "DestinationList": [await shop.get("/v1/destinations")],
        "Problem": [refused(await shop.ask("POST", "/v1/payment_intents", {"amount": "x"}), 400)],
    }
    for name, answers in seen.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        for answer in answers:
            Draft202012Validator(schema).validate(answer)
            properties = document["components"]["schemas"][name]["properties"]
            assert set(answer) <= set(properties), f"{name} tells more than it says"


async def test_the_page_shows_every_operation_and_loads_nothing(shop: Site, document: Any) -> None:
    page = await shop.ask("GET", "/docs", key=None)
    assert page.status_code == 200
    for method, path, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text
        assert f'<span class="method">{method.upper()}</span>{path}<' in page.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page.text
    assert "curl" in page.text
    assert "https://till.example/v1/payment_intents" in page.text
    assert not re.findall(r"<(?:script|iframe|object|img|form)\b", page.text)
    assert not re.findall(r"\b(?:src|action)=", page.text)
    assert not [one for one in re.findall(r'href="([^"#/][^"]*)"', page.text) if one != "data:,"]
    anchors = set(re.findall(r'\bid="([^"]+)"', page.text))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= anchors


async def test_the_page_allows_no_script_and_names_its_style_by_hash(shop: Site) -> None:
    page = await shop.ask("GET", "/docs", key=None)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    packed = await shop.ask("GET", "/docs", key=None, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = await shop.ask("GET", "/docs", key=None, headers={"Accept-Encoding": "identity"})
    assert plain.text == packed.text
