"""Payment links and what shoppers typed on their forms."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from app.domain import money
from app.domain.intent import Status
from app.domain.link import Content, Link, Submission
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import contents, intents, links, submissions

COUNTED = ("redemptions", "raised", "raised_count", "raised_at", "paid_at", "version")


def by_shortcode(tx: Tx, shortcode: str) -> Link | None:
    query = rows.columns(links, Link).where(
        links.c.shortcode == shortcode, links.c.deleted.is_(False)
    )
    return rows.struct(tx.execute(query).mappings().first(), Link)


def get(tx: Tx, account: str, id: str) -> Link | None:
    """Return one of an account's links by id or shortcode."""
    query = rows.columns(links, Link).where(
        links.c.account == account,
        or_(links.c.id == id, links.c.shortcode == id),
        links.c.deleted.is_(False),
    )
    return rows.struct(tx.execute(query).mappings().first(), Link)


def find(tx: Tx, id: str) -> Link | None:
    """Return a link by its id alone, whose it may be."""
    query = rows.columns(links, Link).where(links.c.id == id, links.c.deleted.is_(False))
    return rows.struct(tx.execute(query).mappings().first(), Link)


def lock(tx: Tx, id: str) -> Link | None:
    query = rows.columns(links, Link).where(links.c.id == id).with_for_update()
    return rows.struct(tx.execute(query).mappings().first(), Link)


def add(tx: Tx, link: Link) -> None:
    tx.execute(insert(links), msgspec.structs.asdict(link))


def save(tx: Tx, link: Link) -> None:
    values = msgspec.structs.asdict(link)
    for fixed in ("id", "account", "livemode", "shortcode", "bill", "created_at", *COUNTED):
        del values[fixed]
    tx.execute(update(links).where(links.c.id == link.id).values(**values))


def remove(tx: Tx, id: str) -> None:
    """Take a link down. Its intents and submissions stay."""
    tx.execute(update(links).where(links.c.id == id).values(deleted=True, active=False))


def redeem(tx: Tx, id: str, count: int = 1) -> None:
    """Count one intent of a link that succeeded; -1: its merchant took that back."""
    more = links.c.redemptions + count
    tx.execute(update(links).where(links.c.id == id).values(redemptions=more))


def add_to_total(tx: Tx, id: str, credit: Decimal, count: int) -> None:
    """Add to what a link raised, or take back from it, under the link's lock."""
    held = lock(tx, id)
    assert held is not None, f"{id} has intents and no row"
    tx.execute(
        update(links)
        .where(links.c.id == id)
        .values(
            raised=money.WIDE.add(held.raised, credit),
            raised_count=links.c.raised_count + count,
            raised_at=tx.now,
        )
    )


def note(tx: Tx, link: Link) -> None:
    """Write how far a bill's history is, and since when it is paid."""
    values = {"paid_at": link.paid_at, "version": link.version}
    tx.execute(update(links).where(links.c.id == link.id).values(**values))


def coming(tx: Tx, ids: Sequence[str]) -> dict[str, list[Decimal]]:
    """Return the credit of intents that wait for confirmations, by link."""
    query = select(intents.c.link, intents.c.seen).where(
        intents.c.link.in_(ids), intents.c.status == Status.PROCESSING
    )
    found: dict[str, list[Decimal]] = {}
    for link, seen in tx.execute(query):
        found.setdefault(link, []).append(seen)
    return found


def open_intent(tx: Tx, link: str) -> str | None:
    """Return the newest intent of a link that waits to be paid and has time left."""
    query = (
        select(intents.c.id)
        .where(
            intents.c.link == link,
            intents.c.status == Status.REQUIRES_PAYMENT,
            intents.c.expires_at > tx.now,
        )
        .order_by(intents.c.created_at.desc(), intents.c.id.desc())
        .limit(1)
    )
    found = tx.execute(query).scalar()
    return None if found is None else str(found)


def content(tx: Tx, link: str) -> Content | None:
    query = rows.columns(contents, Content).where(contents.c.link == link)
    return rows.struct(tx.execute(query).mappings().first(), Content)


def put_content(tx: Tx, content: Content) -> None:
    """Keep what a link sells to read, in place of what it sold before."""
    remove_content(tx, content.link)
    tx.execute(insert(contents), msgspec.structs.asdict(content))


def remove_content(tx: Tx, link: str) -> bool:
    return tx.execute(delete(contents).where(contents.c.link == link)).rowcount == 1


def page(tx: Tx, account: str, after: str | None, limit: int, *, bills: bool = False) -> list[Link]:
    where: list[ColumnElement[bool]] = [links.c.account == account, links.c.deleted.is_(False)]
    if bills:
        where.append(links.c.bill)
    query = rows.newest_first(tx, links, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), Link)


def add_submission(tx: Tx, submission: Submission) -> None:
    tx.execute(insert(submissions), msgspec.structs.asdict(submission))


def submission_of(tx: Tx, intent: str) -> Submission | None:
    query = select(submissions).where(submissions.c.intent == intent)
    return rows.struct(tx.execute(query).mappings().first(), Submission)


def submissions_page(tx: Tx, link: str, after: str | None, limit: int) -> list[Submission]:
    where: list[ColumnElement[bool]] = [submissions.c.link == link]
    query = rows.newest_first(tx, submissions, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), Submission)
