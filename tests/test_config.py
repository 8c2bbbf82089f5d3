"""The configuration: what is refused, with which words, and what is made when it is missing."""

from __future__ import annotations

import dataclasses
import json
import secrets
import stat
from pathlib import Path

import pytest

from config import Config, weakness
from errors import ConfigError

GOOD = [secrets.token_urlsafe(48) for _ in range(4)]


def environ(**more: str) -> dict[str, str]:
    base = {"FLASK_ENV": "production", "SECRET_KEY": GOOD[0], "CRYPTEXQ_HMAC_SECRET": GOOD[1]}
    return {**base, **more}


def refused(env: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        Config.from_env(env)
    assert "\n" not in caught.value.detail
    return caught.value.detail


def test_production_with_good_secrets() -> None:
    config = Config.from_env(environ(CRYPTEXQ_AT_REST_KEY=f"{GOOD[2]}, {GOOD[3]}", PORT="8000"))
    assert config.production
    assert config.secret_keys == (GOOD[0],)
    assert config.at_rest_secrets == (GOOD[2], GOOD[3])
    assert (config.host, config.port) == ("0.0.0.0", 8000)  # noqa: S104 what is checked
    assert not config.open_browser
    assert config.cors_origins == ()
    assert config.trusted_proxies == 0


def test_what_is_not_said_is_production() -> None:
    """A server that forgot FLASK_ENV must not run on secrets that it made up."""
    assert "SECRET_KEY is not set" in refused({})


@pytest.mark.parametrize("name", ["SECRET_KEY", "CRYPTEXQ_HMAC_SECRET"])
@pytest.mark.parametrize("value", ["", " ", ",", " , "])
def test_a_missing_secret_is_named_with_the_way_to_make_one(name: str, value: str) -> None:
    words = refused(environ(**{name: value}))
    assert words.startswith(f"{name} is not set.")
    assert "secrets.token_urlsafe(48)" in words


WEAK = {
    "short": "x9K2mQ7vR4tY8wZ",
    "one character": "a" * 64,
    "one word again": "correct-horse" * 6,
    "digits in a row": "0123456789" * 8,
    "the alphabet": "abcdefghijklmnopqrstuvwxyz" * 2,
    "hex in a row": "0123456789abcdef" * 4,
    "placeholder": "please-change-me-before-you-deploy-this-1234",
    "placeholder in capitals": "YOUR_SECRET_KEY_GOES_HERE_AND_IT_IS_LONG_ENOUGH",
    "two characters": "ab" * 40 + "ba" * 3,
    "eight zeros and ones": "01101000011001010110110001101100011011110010000001110111",
}


@pytest.mark.parametrize("name", ["SECRET_KEY", "CRYPTEXQ_HMAC_SECRET", "CRYPTEXQ_AT_REST_KEY"])
@pytest.mark.parametrize("case", WEAK)
def test_a_weak_secret_is_refused_in_any_place_of_a_list(name: str, case: str) -> None:
    for value in (WEAK[case], f"{GOOD[3]},{WEAK[case]}"):
        words = refused(environ(**{name: value}))
        assert words.startswith(f"{name} ")
        assert WEAK[case] not in words


@pytest.mark.parametrize(
    "make", [secrets.token_urlsafe, secrets.token_hex, lambda n: secrets.token_hex(n // 2)]
)
def test_what_people_are_told_to_make_is_never_refused(make: object) -> None:
    for _ in range(300):
        assert weakness(make(48)) is None  # type: ignore[operator]


def test_two_secrets_must_differ() -> None:
    assert "are the same" in refused(environ(CRYPTEXQ_HMAC_SECRET=GOOD[0]))
    assert "are the same" in refused(environ(SECRET_KEY=f"{GOOD[0]},{GOOD[0]}"))
    assert "are the same" in refused(environ(CRYPTEXQ_AT_REST_KEY=GOOD[1]))


def test_no_secret_is_ever_shown() -> None:
    config = Config.from_env(environ(CRYPTEXQ_AT_REST_KEY=GOOD[2]))
    assert [secret for secret in GOOD if secret in f"{config!r} {config}"] == []


def test_the_value_is_frozen() -> None:
    config = Config.from_env(environ())
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.port = 1  # type: ignore[misc]


def test_development_makes_its_secrets_once(tmp_path: Path) -> None:
    env = {"CRYPTEXQ_DATA_DIR": str(tmp_path / "instance")}
    first, second = (Config.from_env(env, "development") for _ in range(2))
    assert first.secret_keys == second.secret_keys
    assert first.hmac_secrets == second.hmac_secrets
    assert weakness(first.secret_keys[0]) is None
    assert first.secret_keys != first.hmac_secrets
    file = tmp_path / "instance" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (first.host, first.port, first.open_browser) == ("127.0.0.1", 5000, True)


def test_development_takes_what_it_is_given(tmp_path: Path) -> None:
    env = {"CRYPTEXQ_DATA_DIR": str(tmp_path), "SECRET_KEY": "mine", "CRYPTEXQ_HMAC_SECRET": "too"}
    config = Config.from_env(env, "development")
    assert (config.secret_keys, config.hmac_secrets) == (("mine",), ("too",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", json.dumps({"SECRET_KEY": "x"})])
def test_a_damaged_secrets_file_is_never_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)
    with pytest.raises(ConfigError, match="config"):
        Config.from_env({"CRYPTEXQ_DATA_DIR": str(tmp_path)}, "development")
    assert file.read_text() == content


def test_mongo_is_refused_plainly() -> None:
    assert "no MongoDB store yet" in refused(environ(MONGO_URI="mongodb://db.example.org"))


@pytest.mark.parametrize("value", ["prod", "testing", "Production"])
def test_an_unknown_environment_is_refused(value: str) -> None:
    assert "FLASK_ENV" in refused(environ(FLASK_ENV=value))


def test_origins_are_a_list() -> None:
    text = "https://a.example.org, http://localhost:3000,https://[2001:db8::1]:8443"
    config = Config.from_env(environ(CORS_ORIGIN=text))
    assert config.cors_origins == tuple(part.strip() for part in text.split(","))


BAD_ORIGINS = [
    "*",
    "https://*.example.org",
    "https://a.example.org,*",
    "null",
    "a.example.org",
    "//a.example.org",
    "ftp://a.example.org",
    "https://a.example.org/",
    "https://a.example.org/path",
    "https://a.example.org?x",
    "https://a.example.org#x",
    "https://user@a.example.org",
    "https://A.example.org",
    "HTTPS://a.example.org",
    "https://a.example.org:443",
    "http://a.example.org:80",
    "https://a.example.org:99999",
    "https://a.example.org:x",
    "https://a example.org",
    "https://ä.example.org",
    "https://",
]


@pytest.mark.parametrize("origin", BAD_ORIGINS)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_what_is_no_origin_is_refused(tmp_path: Path, origin: str, environment: str) -> None:
    env = environ(CORS_ORIGIN=origin, FLASK_ENV=environment, CRYPTEXQ_DATA_DIR=str(tmp_path))
    assert "CORS_ORIGIN" in refused(env)


BAD_VALUES = {
    "PORT": ["0", "65536", "x", "-1", "1.5", "٣"],
    "TRUSTED_PROXIES": ["-1", "9", "yes"],
    "SESSION_IDLE_DAYS": ["0", "366"],
    "SESSION_MAX_DAYS": ["0", "366"],
    "HASHING_THREADS": ["0", "3"],
    "HASHING_WAITING": ["0", "1001"],
    "MESSAGES_PER_SECOND": ["0"],
    "MESSAGES_BURST": ["0"],
    "LIMIT_SIGNUP": ["many", "10"],
    "LIMIT_LOGIN": ["10 per fortnight"],
    "LIMIT_LOGIN_NAME": ["per minute"],
    "LIMIT_KDF": ["x per minute"],
    "LIMIT_PUBLISH": [";"],
    "LIMIT_API": ["1 per"],
    "CRYPTEXQ_OPEN_BROWSER": ["maybe"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD_VALUES.items() for v in vs])
def test_a_value_out_of_range_is_named(name: str, value: str) -> None:
    assert refused(environ(**{name: value})).startswith(name)


def test_the_example_names_every_variable() -> None:
    """.env.example: each variable once, and nothing that is not read."""
    from config import INTEGERS, LIMITS, SECRET_VARIABLES

    text = (Path(__file__).parent.parent / ".env.example").read_text()
    named = {
        line.lstrip("# ").partition("=")[0]
        for line in text.splitlines()
        if "=" in line.lstrip("# ") and line.lstrip("# ")[:1].isupper()
    }
    others = {
        "FLASK_ENV",
        "MONGO_URI",
        "CRYPTEXQ_DATA_DIR",
        "HOST",
        "CORS_ORIGIN",
        "CRYPTEXQ_OPEN_BROWSER",
    }
    assert named == {*INTEGERS, *LIMITS, *SECRET_VARIABLES, *others}
