"""A stream that the network cuts costs no event, and brings none twice."""

from e2e.conftest import Open
from e2e.severing import EARS, Severing
from e2e.till import Till

BACK = """(before) => new Promise((done) => {
  const look = () => opened.length > before ? done() : setTimeout(look, 10);
  look();
})"""


def test_what_happens_while_it_is_cut_arrives_once(till: Till, open_page: Open) -> None:
    page = open_page(expected=("ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE"))
    page.add_init_script(EARS)
    intent = till.chosen()
    path = f"/v1/payment_intents/{intent}"
    with Severing(till.url) as between:
        page.goto(f"{between.url}/i/{intent}")
        page.evaluate(BACK, 0)
        first = till.view(intent)["version"]
        for cut in range(2):
            till.ask("PATCH", path, {"metadata": {"step": f"before {cut}"}})
            between.sever()
            till.ask("PATCH", path, {"metadata": {"step": f"during {cut}"}})
            page.evaluate(BACK, cut + 1)
        till.ask("POST", f"{path}/cancel")
        page.locator("main[data-status=canceled]").wait_for()
        last = till.view(intent)["version"]
        assert page.evaluate("ids") == list(range(first + 1, last + 1))
