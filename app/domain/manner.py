"""A manner: how receivers of one dialect are used to being told, and told again.

They differ in three things: when a failed delivery is tried again and when it is given up,
what has to wait behind it, and what an answer means.
"""

import random
from datetime import datetime, timedelta

import msgspec

MINUTE = 60
HOUR = 60 * MINUTE
JITTER_PERCENT = 10
GONE = 410
SERVER_ERRORS = 500  # and above
PASSING = frozenset({408, 429})  # of the client's errors, those that time heals


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """When to try again, in which order, and what ends it."""

    ladder_seconds: tuple[int, ...]  # the waits between the tries
    jitter_percent: int = 0
    strict: bool = False  # a failure holds up everything of its endpoint, not its aggregate alone
    passing_only: bool = False  # an answer that says it is final is believed
    gone_disables: bool = False  # who answers 410 is told nothing more

    @property
    def attempts_max(self) -> int:
        return len(self.ladder_seconds) + 1

    def is_final(self, status_code: int | None) -> bool:
        """Tell whether a failure need not be tried again. No answer at all is never final."""
        if status_code is None or not self.passing_only:
            return False
        return status_code not in PASSING and status_code < SERVER_ERRORS

    def next_attempt(self, attempts: int, now: datetime, seed: str) -> datetime | None:
        """Return when to try again after `attempts` failures; None: the ladder is climbed.

        The jitter is drawn from `seed`, so that the same delivery always answers alike.
        """
        if attempts >= self.attempts_max:
            return None
        step = self.ladder_seconds[attempts - 1]
        most = step * self.jitter_percent * 10
        jitter = random.Random(f"{seed}:{attempts}").randrange(most + 1)  # noqa: S311 -- spreads load, guards nothing
        return now + timedelta(seconds=step, milliseconds=jitter)


# The Standard Webhooks ladder, with a quick first rung for a receiver that restarts.
STANDARD = Manner(
    ladder_seconds=(
        5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
    ),
    jitter_percent=JITTER_PERCENT,
    gone_disables=True,
)  # fmt: skip
