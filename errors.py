"""One tree of errors: each says whose fault it is, what happened and what to do.

`code` is stable and for programs, `title` and `detail` are for people and safe to show, `status` is
HTTP's. `extra` adds fields that a client needs to recover. Nothing secret goes into any of them.
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
    """The configuration is missing or unsafe. Shown to the administrator at start, never to users."""

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
