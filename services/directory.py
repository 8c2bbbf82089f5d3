"""The account services, put together over one store.

Owns the wiring and the names under which `web` sees store and services; `web` itself never imports
the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.accounts import Accounts
from services.devices import Devices
from services.keys import ServerKeys
from services.sessions import Policy, Sessions
from services.vaults import Vaults
from store.base import Store

__all__ = ["Services", "Store"]


@dataclass(frozen=True, slots=True)
class Services:
    sessions: Sessions
    accounts: Accounts
    vaults: Vaults
    devices: Devices

    @classmethod
    def over(
        cls,
        store: Store,
        keys: ServerKeys,
        policy: Policy,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> Services:
        sessions = Sessions(store, clock, random, policy)
        devices = Devices(store, clock)
        accounts = Accounts(store, keys, sessions, devices, clock, random)
        return cls(sessions, accounts, Vaults(store), devices)
