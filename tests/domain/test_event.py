"""Every status has its event, and every event a name a merchant can subscribe to."""

from app.domain.event import BY_STATUS, EventType
from app.domain.intent import Status


def test_every_status_is_told_by_an_event_of_its_name() -> None:
    assert {status: type.value for status, type in BY_STATUS.items()} == {
        status: f"payment_intent.{status}" for status in Status
    }


def test_event_names_are_a_noun_and_a_verb() -> None:
    for type in EventType:
        noun, _, verb = type.value.partition(".")
        assert noun.replace("_", "").isalpha(), type
        assert verb.replace("_", "").isalpha(), type
        assert len(type.value) <= 48  # what its column holds
