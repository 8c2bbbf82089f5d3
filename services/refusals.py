"""Every way in which the server refuses an entry, a commit or a device, as one list.

Owns the words and codes that clients act on (docs/API.md). Knows neither rules nor transport.
Each detail says what to do; none says anything about what others did or wrote. The errors of
accounts, sessions and stores, and the roots of all, are in `errors.py`.
"""

from __future__ import annotations

from errors import ClientFault, ServerFault

# -- bytes that are not what they should be ---------------------------------


class Malformed(ClientFault):
    code, status, title = "malformed", 400, "The data is not in the form it must have."
    detail = "Reload the page; if it happens again, this client does not fit this server."


class UnknownVersion(ClientFault):
    code, status, title = "unknown_version", 400, "This version of the protocol is not spoken here."
    detail = "Reload the page to get the version that this server speaks."


class TooLarge(ClientFault):
    code, status, title = "too_large", 413, "The message is too long."
    detail = "Send it in several parts."


class UnknownEvent(ClientFault):
    code, status, title = "unknown_event", 404, "The server does not know this event."
    detail = "Reload the page to get the client that fits this server."


# -- who is asking ----------------------------------------------------------


class NotProven(ClientFault):
    code, status, title = "not_proven", 401, "This device has not proven itself."
    detail = "Answer the challenge of this connection first, or connect again."


class ProofRefused(ClientFault):
    code, status, title = "proof_refused", 403, "The proof of this device does not hold."
    detail = "Connect again and sign the new challenge."


class ForeignDevice(ClientFault):
    code, status, title = "foreign_device", 403, "This device is not one of yours."
    detail = "Add this browser to your devices again."


class NotAMember(ClientFault):
    """The same for a conversation that does not exist: a stranger learns nothing."""

    code, status, title = "not_a_member", 404, "There is no such conversation for you."
    detail = "Open the conversation from your list."


class NoSuchConversation(ClientFault):
    code, status, title = "no_such_conversation", 404, "There is no such conversation for you."
    detail = "Open the conversation from your list."


class NoSuchPerson(ClientFault):
    code, status, title = "no_such_user", 404, "There is no such person."
    detail = "Check the name and try again."


class WithOneself(ClientFault):
    code, status, title = "with_oneself", 422, "A conversation needs two people."
    detail = "Choose somebody else."


# -- messages and receipts --------------------------------------------------


class StaleEpoch(ClientFault):
    """`epoch` is the current one, 0 if there is none yet."""

    code, status, title = "stale_epoch", 409, "The conversation has moved on to other keys."
    detail = "Fetch the newest entries and send the message again under the current epoch."


class WrongCommit(ClientFault):
    code, status, title = "wrong_commit", 409, "The message belongs to another commit."
    detail = "Fetch the newest entries and compare the commits of this epoch."


class NumberTaken(ClientFault):
    """`last_seq` is the highest number that this device used in this epoch."""

    code, status, title = "number_taken", 409, "This message number was used before."
    detail = "Go on with the number after last_seq."


class ClockOff(ClientFault):
    """`server_time` lets the client measure its offset again."""

    code, status, title = "clock_off", 409, "The clock of this device differs by over five minutes."
    detail = "Set the clock, or correct by the offset to server_time, and send again."


class Overloaded(ServerFault):
    code, status, title = "overloaded", 503, "The server has too much to do."
    detail = "The message is kept here; it is sent again in a moment."


class NotStored(ServerFault):
    code, status, title = "not_stored", 500, "The server could not store this."
    detail = "Send it again. If it happens again, tell the person who runs this server."


# -- commits ----------------------------------------------------------------


class EpochTaken(ClientFault):
    """`epoch` is the current one, `n` the newest entry."""

    code, status, title = "epoch_taken", 409, "Another device started this epoch first."
    detail = "Fetch the newest entries and adopt the commit that stands."


class WrongParent(ClientFault):
    """`epoch` is the current one."""

    code, status, title = "wrong_parent", 409, "The commit does not follow the one that stands."
    detail = "Fetch the newest entries and compare the commits of the last epoch."


class RosterStale(ClientFault):
    """Of a commit, `versions` maps each member to the version of its current device list."""

    code, status, title = "roster_stale", 409, "A member's devices have changed."
    detail = "Fetch the device lists named in versions and make the commit again."


class ModeUnavailable(ClientFault):
    code, status, title = "mode_unavailable", 422, "This key exchange mode is coming."
    detail = "Use the mode hybrid."


class CommitRefused(ClientFault):
    """The commit breaks a rule that no honest client breaks; `detail` names it."""

    code, status, title = "commit_refused", 422, "The commit breaks a rule of the protocol."
    detail = "Reload the page and try again."


# -- sockets that end -------------------------------------------------------


class SessionEnded(ClientFault):
    code, status, title = "session_ended", 401, "This session has ended."
    detail = "Log in again."


class DeviceRemoved(ClientFault):
    code, status, title = "device_removed", 403, "This device was removed from your account."
    detail = "Log in again to use this browser as a new device."


class TooManyFaults(ClientFault):
    code, status, title = "too_many_faults", 429, "This client sent too much that makes no sense."
    detail = "Reload the page."
