"""The server's own keys, derived from the secrets that an administrator chose.

Owns the way from text to 32-byte keys, and what may be sealed at rest under them. Lists begin with
the newest: writing uses the first, reading tries all. Secrets are strings of any length, so each
goes through HKDF with the label of its purpose; one secret never gives two purposes the same key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crypto import at_rest
from crypto.labels import KEY, expand, extract

EMAIL = "e-mail"


@dataclass(frozen=True, slots=True)
class ServerKeys:
    seal_keys: tuple[bytes, ...] = field(repr=False)
    at_rest_keys: tuple[bytes, ...] = field(repr=False)

    @staticmethod
    def derive(
        secret_keys: Sequence[str], hmac_secrets: Sequence[str], at_rest_secrets: Sequence[str]
    ) -> ServerKeys:
        """The at-rest keys derived from SECRET_KEY come last: alone they serve where no other is
        set, and behind others they still open what was sealed before one was set."""
        return ServerKeys(
            tuple(_key(secret, "seal") for secret in hmac_secrets),
            tuple(_key(secret, "at rest") for secret in (*at_rest_secrets, *secret_keys)),
        )

    def seal_email(self, email: str, user_id: bytes, nonce: bytes) -> bytes:
        """The box names its key and cannot be moved to another person."""
        return at_rest.encrypt(self.at_rest_keys, email.encode(), _email_ad(user_id), nonce)

    def open_email(self, box: bytes, user_id: bytes) -> str:
        return at_rest.decrypt(self.at_rest_keys, box, _email_ad(user_id)).decode()

    def email_indices(self, email: str) -> list[bytes]:
        """What the address is found by: one index per key, the one to store first."""
        value = email.encode()
        return [at_rest.blind_index(key, EMAIL, value) for key in self.at_rest_keys]


def _key(secret: str, purpose: str) -> bytes:
    return expand(extract(b"", secret.encode()), purpose, length=KEY)


def _email_ad(user_id: bytes) -> bytes:
    return EMAIL.encode() + user_id
