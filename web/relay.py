"""From an accepted entry to everybody who must hear of it: one line for messages and commits.

Owns the batcher. Its outcomes come back on the event loop in the order of submission, which within
a conversation is the order of n, and are delivered right there: so each socket sees each
conversation in order. Who sent something is answered before the others are told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from errors import CryptexqError
from services.messages import Accepted
from services.refusals import NotStored
from services.writer import Item
from web.delivery import Delivery
from web.transport.batcher import Batcher, Outcome

log = logging.getLogger(__name__)

Answer = Callable[[Accepted | CryptexqError], None]


class Relay:
    def __init__(
        self, batcher: Batcher[Item], delivery: Delivery, event: Callable[[], Any]
    ) -> None:
        self._batcher = batcher
        self._delivery = delivery
        self._event = event

    def send(self, item: Item, answer: Answer, sid: str | None = None) -> None:
        """Have it stored; `answer` is called on the loop. Raises Overloaded at once."""

        def done(outcome: Outcome) -> None:
            result = _result(outcome)
            try:
                answer(result)
            finally:  # stored is stored: the others hear of it even if the sender has gone
                if isinstance(result, Accepted):
                    self._delivery.accepted(result, but=sid)

        self._batcher.submit(item, done)

    def publish(self, item: Item) -> Accepted:
        """Have it stored and wait; raises the refusal."""
        ready = self._event()
        answers: list[Accepted | CryptexqError] = []

        def answer(result: Accepted | CryptexqError) -> None:
            answers.append(result)
            ready.set()

        self.send(item, answer)
        ready.wait()
        if isinstance(answers[0], CryptexqError):
            raise answers[0]
        return answers[0]


def _result(outcome: Outcome) -> Accepted | CryptexqError:
    if isinstance(outcome.error, CryptexqError):
        return outcome.error
    if isinstance(outcome.value, Accepted):
        return outcome.value
    # The batcher has logged what it was; the client learns that nothing was stored.
    return NotStored()
