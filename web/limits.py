"""How often one address, or one account name, may do what costs or tells something: one table.

Owns the keys that are counted. Counters live in memory, because there is one process. An address is
the one that Werkzeug's ProxyFix leaves after the configured number of proxies; of an IPv6 address
the first 64 bits count, since one person has all of the rest. Names are counted as hashes.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter

from web import guards, schemas
from web.settings import Settings

NAME = "cryptexq-limiter"


def by_address() -> str:
    text = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:  # how a socket of both kinds shows it
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def by_login() -> str:
    """Malformed bodies are refused here as the view would."""
    query = schemas.kdf_query() if request.endpoint == "accounts.kdf" else schemas.log_in().login
    return "login:" + hashlib.sha256(query.encode()).hexdigest()


def by_account() -> str:
    return "user:" + guards.signed_in().user_id.hex()


def table(config: Settings) -> dict[str, list[tuple[str, Callable[[], str]]]]:
    """endpoint -> limits; what is not named has only the general one, of the address."""
    return {
        "accounts.kdf": [(config.limit_kdf, by_address)],
        "accounts.sign_up": [(config.limit_signup, by_address)],
        "accounts.log_in": [
            (config.limit_login, by_address),
            (config.limit_login_name, by_login),
        ],
        "vault.unlock": [(config.limit_login_name, by_account)],
        "vault.put_identity": [(config.limit_login_name, by_account)],
        "people.publish_list": [(config.limit_publish, by_account)],
        "people.publish_refresh": [(config.limit_publish, by_account)],
    }


def install(app: Flask, config: Settings) -> None:
    """After every blueprint is registered: it wraps the views."""
    limiter = Limiter(
        by_address, app=app, storage_uri="memory://", strategy="sliding-window-counter"
    )
    app.extensions[NAME] = limiter
    general = limiter.shared_limit(config.limit_api, scope="api", key_func=by_address)
    limits = table(config)
    for endpoint in _api_endpoints(app):
        view: Any = app.view_functions[endpoint]
        for rate, key in reversed(limits.pop(endpoint, [])):
            view = limiter.limit(rate, key_func=key)(view)
        app.view_functions[endpoint] = general(view)
    if limits:
        raise LookupError(f"limits for views that do not exist: {', '.join(limits)}")


def limiter_of_request() -> Limiter:
    return current_app.extensions[NAME]  # type: ignore[no-any-return]


def _api_endpoints(app: Flask) -> list[str]:
    rules = app.url_map.iter_rules()
    return sorted({rule.endpoint for rule in rules if rule.rule.startswith("/api/")})
