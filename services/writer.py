"""The one writer of transcripts: messages and commits, in the order in which they came.

Owns the order between the two kinds and nothing else. `write` is what the batcher runs in its
native thread, one batch after the other; because there is one, results can be delivered in the
order of n. Other processes may write too: then the store's compare and swap decides.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from services.commits import Commits, Offer
from services.messages import Incoming, Messages, Result
from services.refusals import NotStored

log = logging.getLogger(__name__)

Item = Incoming | Offer


class Writer:
    def __init__(self, messages: Messages, commits: Commits) -> None:
        self._messages = messages
        self._commits = commits

    def write(self, items: Sequence[Item]) -> list[Result]:
        """One result for each item, in order: what was accepted, or why it was not."""
        results: list[Result] = [NotStored()] * len(items)
        waiting = list(range(len(items)))
        while waiting:
            waiting = self._write_some(items, waiting, results)
        return results

    def _write_some(
        self, items: Sequence[Item], waiting: Sequence[int], results: list[Result]
    ) -> list[int]:
        """All messages that no commit of their conversation precedes, in one step; then those
        commits. Conversations do not depend on each other, so theirs need not be parted."""
        messages: dict[int, Incoming] = {}
        commits: dict[int, Offer] = {}
        later: list[int] = []
        committing: set[bytes] = set()
        for i in waiting:
            item = items[i]
            if item.conversation_id in committing:
                later.append(i)
            elif isinstance(item, Offer):
                committing.add(item.conversation_id)
                commits[i] = item
            else:
                messages[i] = item
        for i, result in zip(messages, self._accept(list(messages.values())), strict=True):
            results[i] = result
        for i, offer in commits.items():
            results[i] = self._commit(offer)
        return later

    # A defect that one item meets must not hide from the others that they are stored: nobody would
    # be told of them, not even after a resend.

    def _accept(self, messages: list[Incoming]) -> list[Result]:
        try:
            return self._messages.accept_batch(messages)
        except Exception:
            log.exception("a batch of %d messages failed", len(messages))
            return [NotStored()] * len(messages)

    def _commit(self, offer: Offer) -> Result:
        try:
            return self._commits.accept(offer)
        except Exception:
            log.exception("a commit failed")
            return NotStored()
