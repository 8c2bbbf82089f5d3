"""Accounts: sign-up, proof of a login key, people by name.

Owns who exists and how a person proves to be one. The server learns login keys, never passwords,
and keeps slow hashes of them. Somebody who asks about a stranger gets the same answer, after the
same work, as about a wrong password: made-up parameters that never change, and a verifier that
nothing matches. Everything here blocks, and `sign_up`, `log_in` and `prove` compute for 130 ms and
more: callers run them in a native thread, few at a time. Knows nothing of HTTP.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from crypto import vault
from crypto.errors import ParametersRefused
from errors import KdfRefused, LoginFailed, Taken
from services import verifiers
from services.devices import Devices
from services.keys import ServerKeys
from services.refusals import NoSuchPerson
from services.sessions import Draft, Sessions
from services.vaults import VaultView, view_of
from store.base import Account, Store

SALT: Final = 16
STRANGERS: Final = "password parameters of strangers"


@dataclass(frozen=True, slots=True)
class Kdf:
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Proof:
    """A login key, and which of an account's two it is."""

    kind: Literal["password", "recovery"]
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignUp:
    """`email` is canonical; `vault` has the four parts, `device_list` is signed bytes."""

    user_id: bytes
    name: str
    email: str = field(repr=False)
    kdf: Kdf
    login_key: bytes = field(repr=False)
    recovery_login_key: bytes = field(repr=False)
    vault: dict[str, bytes] = field(repr=False)
    device_list: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`ended`: sessions of this account that made room for the new one."""

    user_id: bytes
    name: str
    draft: Draft
    ended: list[bytes]
    vault: VaultView


class Accounts:
    def __init__(
        self,
        store: Store,
        keys: ServerKeys,
        sessions: Sessions,
        devices: Devices,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._keys = keys
        self._sessions = sessions
        self._devices = devices
        self._clock = clock
        self._random = random
        # Never rotated: a changed answer for a name would tell that nobody has it.
        self._strangers = store.secret(STRANGERS, random(32))
        self._nobody = verifiers.stranger(random(verifiers.SALT + verifiers.HASH))

    def kdf(self, login: str) -> Kdf:
        account = self._find(login)
        invented = hmac.digest(self._strangers, login.encode(), "sha256")[:SALT]
        if account is None:
            return Kdf(invented, *vault.KdfParams())
        return Kdf(account.kdf_salt, account.kdf_memory_kib, account.kdf_passes, account.kdf_lanes)

    def sign_up(self, new: SignUp, agent: str) -> Draft:
        """Store the account and its first session. Raises KdfRefused, ListRefused or Taken."""
        try:
            vault.check_bounds(vault.KdfParams(new.kdf.memory_kib, new.kdf.passes, new.kdf.lanes))
        except ParametersRefused:
            raise KdfRefused from None
        first_list = self._devices.first_list(new.device_list, new.user_id, new.name)
        indices = self._keys.email_indices(new.email)
        # The store refuses doubles too; this one also sees addresses indexed under older keys,
        # and spares the hashing.
        if self._store.account_by_name(new.name) or self._by_email(indices):
            raise Taken
        draft = self._sessions.draft(new.user_id, agent)
        account = self._account(new, indices[0])
        self._store.create_account(account, new.vault, first_list, draft.session)
        return draft

    def _account(self, new: SignUp, email_index: bytes) -> Account:
        return Account(
            user_id=new.user_id,
            name=new.name,
            email_box=self._keys.seal_email(new.email, new.user_id, self._random(32)),
            email_index=email_index,
            kdf_salt=new.kdf.salt,
            kdf_memory_kib=new.kdf.memory_kib,
            kdf_passes=new.kdf.passes,
            kdf_lanes=new.kdf.lanes,
            login_verifier=self._verifier(new.login_key),
            recovery_verifier=self._verifier(new.recovery_login_key),
            created_at=self._clock(),
        )

    def _verifier(self, login_key: bytes) -> bytes:
        return verifiers.make(login_key, self._random(verifiers.SALT))

    def log_in(self, login: str, proof: Proof, agent: str) -> LoggedIn:
        """A fresh session, and the vault. Raises LoginFailed."""
        account = self._check(self._find(login), proof)
        draft, ended = self._sessions.open(account.user_id, agent)
        view = view_of(self._store, account.user_id, proof.kind)
        return LoggedIn(account.user_id, account.name, draft, ended, view)

    def prove(self, user_id: bytes, proof: Proof) -> None:
        """Raises LoginFailed unless this is a login key of that account."""
        self._check(self._store.account_by_id(user_id), proof)

    def _check(self, account: Account | None, proof: Proof) -> Account:
        if account is None:
            verifier = self._nobody
        elif proof.kind == "password":
            verifier = account.login_verifier
        else:
            verifier = account.recovery_verifier
        verifiers.verify(verifier, proof.key)
        if account is None:
            raise LoginFailed
        return account

    def person(self, name: str) -> bytes:
        """The user id of a name. Raises NoSuchPerson."""
        account = self._store.account_by_name(name)
        if account is None:
            raise NoSuchPerson
        return account.user_id

    def name_of(self, user_id: bytes) -> str:
        return self._store.names([user_id])[user_id]

    def _find(self, login: str) -> Account | None:
        """By canonical name or e-mail address; a name has no @."""
        if "@" in login:
            return self._by_email(self._keys.email_indices(login))
        return self._store.account_by_name(login)

    def _by_email(self, indices: list[bytes]) -> Account | None:
        found = (self._store.account_by_email(index) for index in indices)
        return next((account for account in found if account), None)
