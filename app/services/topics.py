"""Topics: what an endpoint subscribes to, in the words of its dialect."""

from app.errors import Fault
from app.services.dialects import Dialect
from app.services.endpoint_history import ALL

FIELD = "event_types"


def read(faults: list[Fault], types: tuple[str, ...]) -> tuple[str, ...]:
    """Return the topics to keep, each once; none at all stands for every one."""
    if not types:
        faults.append(Fault(FIELD, f'must name event types, or be ["{ALL}"]'))
    return () if ALL in types else tuple(dict.fromkeys(types))


def check(faults: list[Fault], dialect: Dialect | None, types: tuple[str, ...]) -> None:
    """Note what a dialect never tells of; a dialect nobody knows is noted elsewhere."""
    unknown = [] if dialect is None else [one for one in types if one not in dialect.topics]
    if dialect is not None and unknown:
        known = ", ".join(sorted(dialect.topics))
        message = f"{unknown[0][:64]!r} is no event type; known: {known}"
        faults.append(Fault(FIELD, message))
