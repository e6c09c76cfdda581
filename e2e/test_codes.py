"""Every kind of code, on every kind of screen, is read exactly by both readers."""

from PIL import Image
from playwright.sync_api import Browser

from app.web import qr
from e2e.codes import VIEWS, unread
from e2e.till import Till
from tests.components import zbar
from tests.uris import URIS


def test_a_code_on_any_screen_is_read_by_a_camera(till: Till, browser: Browser) -> None:
    context = browser.new_context()
    count, wrong = unread(context, till)
    context.close()
    assert wrong == []
    assert count == (len(URIS) + 2) * VIEWS


def test_the_second_reader_sees_what_is_there_and_nothing_else() -> None:
    blank = Image.new("L", (300, 300), 255)
    assert zbar.read(blank) == []
    rows = qr.modules("one")
    code = Image.new("L", (len(rows), len(rows)), 255)
    code.putdata([0 if dark else 255 for row in rows for dark in row])
    blank.paste(code.resize((len(rows) * 6, len(rows) * 6)), (30, 30))
    assert zbar.read(blank) == ["one"]
