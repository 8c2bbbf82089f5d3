"""`create_app`: the services, the views and everything that stands before and behind them.

Owns the order in which things are put together; each step is another file's business. Knows neither
which store nor which async runtime it is given.
"""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_cors import CORS
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from services.directory import Services, Store
from services.events import Events
from services.keys import ServerKeys
from services.sessions import DAY, Policy
from web import (
    accounts,
    assets,
    bodies,
    conversations,
    files,
    guards,
    headers,
    limits,
    logs,
    pages,
    people,
    problems,
    realtime,
    vault,
)
from web.house import NAME, House
from web.runtime import Runtime, ThreadLimit
from web.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINTS = (
    accounts.blueprint,
    conversations.blueprint,
    files.blueprint,
    pages.blueprint,
    people.blueprint,
    vault.blueprint,
)


def create_app(config: Settings, store: Store, runtime: Runtime) -> Flask:
    """The WSGI application. The caller opened the store and closes it."""
    app = Flask(
        "cryptexq", root_path=str(ROOT), static_folder=None, template_folder=str(ROOT / "templates")
    )
    app.config.update(flask_settings(config))
    house = build_house(config, store, runtime)
    app.extensions[NAME] = house
    problems.install(app)
    logs.install(app)
    guards.install(app)
    bodies.install(app)
    CSRFProtect(app)
    allow_origins(app, config)
    pages.install(app, house)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    limits.install(app, config)
    realtime.install(app, house)
    headers.install(app, production=config.production)
    trust_proxies(app, config)
    return app


def flask_settings(config: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret_keys[0],
        "SECRET_KEY_FALLBACKS": list(config.secret_keys[1:]),
        "SESSION_COOKIE_NAME": "cryptexq_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.production,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=config.session_max_days),
        "MAX_CONTENT_LENGTH": guards.BODY_LIMIT,
        # The token lives as long as the session it belongs to; web.guards checks the Origin.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_HEADERS_ENABLED": False,
        "TEMPLATES_AUTO_RELOAD": not config.production,
    }


def build_house(config: Settings, store: Store, runtime: Runtime) -> House:
    clock, random = wall_clock, secrets.token_bytes
    keys = ServerKeys.derive(config.secret_keys, config.hmac_secrets, config.at_rest_secrets)
    policy = Policy(config.session_idle_days * DAY, config.session_max_days * DAY)
    return House(
        config=config,
        store=store,
        runtime=runtime,
        events=Events(),
        keys=keys,
        assets=assets.Assets(ROOT / "static", live=not config.production),
        clock=clock,
        random=random,
        hashing=ThreadLimit(runtime, config.hashing_threads, config.hashing_waiting),
        services=Services.over(store, keys, policy, clock, random),
    )


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


def allow_origins(app: Flask, config: Settings) -> None:
    if config.cors_origins:
        CORS(
            app,
            resources={r"/api/*": {"origins": list(config.cors_origins)}},
            supports_credentials=True,
            allow_headers=["Content-Type", "X-CSRF-Token"],
            expose_headers=["Retry-After", "X-Request-Id"],
        )


def trust_proxies(app: Flask, config: Settings) -> None:
    """Outermost, so that sockets see the true address and scheme too.

    Proxies append to X-Forwarded-For but overwrite X-Forwarded-Proto, so of that one the last value
    counts. X-Forwarded-Host is not believed, because not every proxy overwrites it.
    """
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1, x_host=0)  # type: ignore[method-assign]
