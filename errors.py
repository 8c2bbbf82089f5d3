"""One tree of errors: each says whose fault it is, what happened and what to do.

`code` is stable and for programs, `title` and `detail` are for people and safe to show, `status` is
HTTP's. `extra` adds fields that a client needs to recover. Nothing secret goes into any of them.

What lives where: here the roots, and what more than one part raises or what is said about accounts,
sessions and the form of a request. In `services/refusals.py` the refusals of the protocol: entries,
commits, devices, conversations. In `web/` what only HTTP knows, such as an address with nothing
there. Each code is one class, and each is in docs/API.md.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CryptexqError(Exception):
    """The root. Subclasses set the class fields; an instance may say more in `detail`."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on the server."
    detail: str = "Try again. If it happens again, tell the person who runs this server."

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        self.detail = detail or type(self).detail
        self.extra = extra
        super().__init__(self.code)

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 object, also sent in socket acknowledgements."""
        return {
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            **self.extra,
        }


class ClientFault(CryptexqError):
    """The request is wrong; sending it again unchanged will not help."""

    code, status, title = "bad_request", 400, "The request was not understood."
    detail = "Reload the page and try again."


class ServerFault(CryptexqError):
    """The server cannot do it now; the same request may succeed later."""


class ConfigError(CryptexqError):
    """The configuration is missing or unsafe. An administrator sees it at start, users never."""

    code, title = "config", "The configuration is not usable."


class StoreError(CryptexqError):
    """A store refused a step and changed nothing."""

    code, title = "store", "The data could not be stored."


class Conflict(StoreError):
    """Compare and swap failed: somebody else was first."""

    code, status, title = "version_conflict", 409, "Somebody else changed this first."
    detail = "Load the newest version and try again."


class Taken(StoreError):
    """A name, an address or an id is in use."""

    code, status, title = "account_taken", 409, "That name or e-mail address is in use."
    detail = "Choose another name or address, or log in."


class StorageFull(StoreError):
    """The disk is full. Nothing was stored and nothing was acknowledged."""

    code, status, title = "storage_full", 507, "The server's disk is full."
    detail = "Your message is kept here and sent again. Tell the person who runs this server."


# -- accounts and sessions ----------------------------------------------------


class NotSignedIn(ClientFault):
    """No session, an expired one or an ended one; the three look alike."""

    code, status, title = "not_signed_in", 401, "You are not logged in."
    detail = "Log in and try again."


class LoginFailed(ClientFault):
    """One answer for an unknown name, a wrong password and a wrong recovery key."""

    code, status, title = "login_failed", 401, "That did not match an account."
    detail = "Check the name or e-mail address and the password, or use the recovery key."


class NoSuchSession(ClientFault):
    code, status, title = "no_such_session", 404, "There is no such session."
    detail = "It may have ended already. Load the list again."


class KdfRefused(ClientFault):
    """Weaker ones would make a stolen verifier cheap to guess; far stronger ones lock out."""

    code, status, title = "kdf_refused", 422, "The password hashing parameters were refused."
    detail = "Use Argon2id with 19456 to 262144 KiB, 2 to 10 passes and 1 lane."


class ListRefused(ClientFault):
    """A device list that does not follow from what is stored, or is not this person's."""

    code, status, title = "list_refused", 422, "The device list was refused."
    detail = "Load the newest list, check it, and sign one that follows it."


class RefreshRefused(ClientFault):
    code, status, title = "refresh_refused", 422, "The key refresh was refused."
    detail = "Load the device's newest refresh and sign one that follows it."


# -- the request itself -------------------------------------------------------


class CsrfFailed(ClientFault):
    code, status, title = "csrf_failed", 403, "The request did not carry this page's token."
    detail = "Get a fresh token from /api/v1/csrf, or reload the page, and try again."


class OriginRefused(ClientFault):
    code, status, title = "origin_refused", 403, "The request came from another site."
    detail = (
        "Use this server's own page. Behind a proxy, the administrator sets TRUSTED_PROXIES; "
        "for another site, CORS_ORIGIN."
    )


class BodyTooLarge(ClientFault):
    code, status, title = "body_too_large", 413, "The request is too large."
    detail = "Send less at once."


class LengthRequired(ClientFault):
    code, status, title = "length_required", 411, "The request does not say how long it is."
    detail = "Send Content-Length and no Transfer-Encoding."


class RateLimited(ClientFault):
    """`retry_after` is in seconds."""

    code, status, title = "rate_limited", 429, "Too many attempts."
    detail = "Wait a little and try again."


class Busy(ServerFault):
    """The line for password checks is full. `retry_after` is in seconds."""

    code, status, title = "busy", 503, "The server is checking many passwords at the moment."
    detail = "Wait a few seconds and try again."
