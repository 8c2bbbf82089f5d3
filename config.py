"""The configuration: one frozen value, and the only reader of the environment.

Owns names, defaults and the judgement whether a value is safe. A start that would be unsafe ends
with one ConfigError that names the variable and says what to type. Knows nothing of what the values
are used for; secrets are never shown, not even by `repr`. `.env.example` lists every variable.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from errors import ConfigError

ENVIRONMENTS: Final = ("development", "production")
MAKE_ONE: Final = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
SECRETS_FILE: Final = "secrets.json"
MIN_SECRET_CHARS: Final = 32
MIN_SECRET_BITS: Final = 100.0
PLACEHOLDERS: Final = (
    "change", "secret", "example", "password", "placeholder", "replace", "insert", "default",
    "development", "your-", "your_", "xxxx",
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """Everything that an administrator can choose. Lists of secrets begin with the newest."""

    environment: str
    secret_keys: tuple[str, ...] = field(repr=False)
    hmac_secrets: tuple[str, ...] = field(repr=False)
    at_rest_secrets: tuple[str, ...] = field(repr=False)  # empty: derived from secret_keys
    data_dir: Path = Path("instance")
    host: str = "127.0.0.1"
    port: int = 5000
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    open_browser: bool = False
    session_idle_days: int = 30
    session_max_days: int = 90
    hashing_threads: int = 1
    hashing_waiting: int = 64
    body_seconds: int = 30
    limit_signup: str = "10 per hour"
    limit_login: str = "20 per minute; 200 per hour"
    limit_login_name: str = "30 per 15 minutes"
    limit_kdf: str = "60 per minute"
    limit_publish: str = "60 per hour; 100 per day"
    limit_api: str = "1200 per minute"
    messages_per_second: int = 50
    messages_burst: int = 200

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @staticmethod
    def from_env(
        environ: Mapping[str, str] | None = None, default_environment: str = "production"
    ) -> Config:
        """Read, judge, and in development make what is missing. Raises ConfigError."""
        env = {k: v.strip() for k, v in (os.environ if environ is None else environ).items()}
        if env.get("MONGO_URI"):
            raise ConfigError(
                "MONGO_URI is set, but this version has no MongoDB store yet. "
                "Unset it: the data is then kept in SQLite under CRYPTEXQ_DATA_DIR."
            )
        environment = env.get("FLASK_ENV") or default_environment
        if environment not in ENVIRONMENTS:
            raise ConfigError("FLASK_ENV must be development or production.")
        production = environment == "production"
        data_dir = Path(env.get("CRYPTEXQ_DATA_DIR") or "instance").resolve()
        key_lists = _production_secrets(env) if production else _development_secrets(env, data_dir)
        everywhere = "0.0.0.0" if production else "127.0.0.1"  # noqa: S104 its proxy must reach it
        chosen: dict[str, Any] = {
            "environment": environment,
            **dict(zip(("secret_keys", "hmac_secrets", "at_rest_secrets"), key_lists, strict=True)),
            "data_dir": data_dir,
            "host": env.get("HOST") or everywhere,
            "cors_origins": _origins(env.get("CORS_ORIGIN", "")),
            "open_browser": _flag(env, "CRYPTEXQ_OPEN_BROWSER", default=not production),
            **_integers(env),
            **_limits(env),
        }
        return Config(**chosen)


# -- secrets ----------------------------------------------------------------

KeyLists = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
SECRET_VARIABLES: Final = ("SECRET_KEY", "CRYPTEXQ_HMAC_SECRET", "CRYPTEXQ_AT_REST_KEY")


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _production_secrets(env: Mapping[str, str]) -> KeyLists:
    lists = tuple(_list(env, name) for name in SECRET_VARIABLES)
    for name, values in zip(SECRET_VARIABLES, lists, strict=True):
        if not values and name != "CRYPTEXQ_AT_REST_KEY":
            raise ConfigError(f"{name} is not set. Make one with: {MAKE_ONE}")
        for value in values:
            if reason := weakness(value):
                raise ConfigError(f"{name} {reason}. Make a good one with: {MAKE_ONE}")
    everything = [value for values in lists for value in values]
    if len(set(everything)) != len(everything):
        raise ConfigError(
            f"Two of {', '.join(SECRET_VARIABLES)} are the same. "
            f"Each needs its own, made with: {MAKE_ONE}"
        )
    return lists[0], lists[1], lists[2]


def weakness(value: str) -> str | None:
    """Why a secret is not good enough, in words that follow the variable's name; None if it is.

    Nobody can measure how a string was chosen. This finds what people really leave behind: short
    ones, placeholders, one character or one word repeated, rows of the keyboard and the alphabet.
    """
    if len(value) < MIN_SECRET_CHARS:
        return f"is too short (under {MIN_SECRET_CHARS} characters)"
    if any(word in value.lower() for word in PLACEHOLDERS):
        return "looks like a placeholder"
    if _estimated_bits(value) < MIN_SECRET_BITS:
        return "is too easy to guess"
    return None


def _estimated_bits(value: str) -> float:
    unit = value[: (value + value).find(value, 1)]  # of "abcabc" the "abc"
    steps = [abs(ord(a) - ord(b)) > 1 for a, b in pairwise(unit)]
    surprising = "".join(c for c, far in zip(unit[1:], steps, strict=True) if far)
    counts = Counter(surprising)
    total = len(surprising)
    return -sum(n * math.log2(n / total) for n in counts.values())


def _development_secrets(env: Mapping[str, str], data_dir: Path) -> KeyLists:
    given = [_list(env, name) for name in SECRET_VARIABLES]
    if not (given[0] and given[1]):
        kept = _kept_secrets(data_dir)
        given[0] = given[0] or (kept["SECRET_KEY"],)
        given[1] = given[1] or (kept["CRYPTEXQ_HMAC_SECRET"],)
    return given[0], given[1], given[2]


def _kept_secrets(data_dir: Path) -> dict[str, str]:
    """Made once, so that sessions survive a restart; readable by the owner alone."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"CRYPTEXQ_DATA_DIR is {data_dir}, and no folder can be made there ({error.strerror}). "
            "Name one that you may write to."
        ) from error
    path = data_dir / SECRETS_FILE
    fresh = {name: secrets.token_urlsafe(48) for name in SECRET_VARIABLES[:2]}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secrets(path)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fresh, file)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _read_secrets(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(kept[name]) for name in SECRET_VARIABLES[:2]}
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            f"{path} is damaged. Restore it from a backup; without it sessions and seals are lost. "
            "Only if that does not matter: delete the file and start again."
        ) from None


# -- other values -----------------------------------------------------------

INTEGERS: Final = {
    "PORT": ("port", 1, 65535),
    "TRUSTED_PROXIES": ("trusted_proxies", 0, 8),
    "SESSION_IDLE_DAYS": ("session_idle_days", 1, 365),
    "SESSION_MAX_DAYS": ("session_max_days", 1, 365),
    "HASHING_THREADS": ("hashing_threads", 1, 2),
    "HASHING_WAITING": ("hashing_waiting", 1, 1000),
    "BODY_SECONDS": ("body_seconds", 1, 600),
    "MESSAGES_PER_SECOND": ("messages_per_second", 1, 100_000),
    "MESSAGES_BURST": ("messages_burst", 1, 100_000),
}
LIMITS: Final = {
    "LIMIT_SIGNUP": "limit_signup",
    "LIMIT_LOGIN": "limit_login",
    "LIMIT_LOGIN_NAME": "limit_login_name",
    "LIMIT_KDF": "limit_kdf",
    "LIMIT_PUBLISH": "limit_publish",
    "LIMIT_API": "limit_api",
}


def _integers(env: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for name, (attribute, low, high) in INTEGERS.items():
        text = env.get(name)
        if not text:
            continue
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ConfigError(f"{name} must be a whole number from {low} to {high}.")
        found[attribute] = int(text)
    return found


def _limits(env: Mapping[str, str]) -> dict[str, str]:
    from limits import parse_many

    found = {attribute: env[name] for name, attribute in LIMITS.items() if env.get(name)}
    for name, attribute in LIMITS.items():
        try:
            parse_many(found.get(attribute, "1 per day"))
        except ValueError:
            raise ConfigError(
                f'{name} must be a rate like "20 per minute; 200 per hour".'
            ) from None
    return found


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    words = {
        "": default,
        "1": True,
        "yes": True,
        "true": True,
        "0": False,
        "no": False,
        "false": False,
    }
    try:
        return words[env.get(name, "").lower()]
    except KeyError:
        raise ConfigError(f"{name} must be yes or no.") from None


HOSTNAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+")


def _origins(text: str) -> tuple[str, ...]:
    """Cookies travel with every cross-origin answer of ours, so `*` is never allowed."""
    return tuple(_origin(part.strip()) for part in text.split(",") if part.strip())


def _origin(text: str) -> str:
    if "*" in text:
        raise ConfigError(
            "CORS_ORIGIN must not contain *: with cookies it would let every site act for a "
            "logged-in person. List the origins, for example https://chat.example.org."
        )
    if text != canonical_origin(text):
        raise ConfigError(
            "CORS_ORIGIN must be a list of origins such as https://chat.example.org: "
            "scheme and host in lower case, no path, no default port."
        )
    return text


def canonical_origin(text: str) -> str | None:
    """The ASCII origin as a browser sends it, or None if this is no http(s) origin."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or not HOSTNAME.fullmatch(host):
        return None
    bracketed = f"[{host}]" if ":" in host else host
    shown = "" if port in (None, {"http": 80, "https": 443}[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{bracketed}{shown}"
