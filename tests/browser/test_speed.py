"""How fast it is in this Chromium: figures for artifacts/, and the limits that we promise.

Two devices on each side. Signing up is measured whole, with network, server and storage; the rest
is computing alone. Other work on the machine only ever adds time, so a round over the limit is
measured again, and the best round counts. SPEED_FACTOR loosens the limits for a slow machine.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.people import Human

pytestmark = pytest.mark.browser
Newcomer = Callable[[str], Human]

FACTOR = float(os.environ.get("SPEED_FACTOR", "1"))
ROUNDS = 4
SIGN_UPS = 10
SIGN_UP_MS = 3000
START_MS = 150
MESSAGE_MS = 2
FIRST_LOAD_BYTES = 150 * 1024
SCRIPT = Path(__file__).with_name("speed.js").read_text("utf-8")
BASE = "new URL('../', document.querySelector('script[src*=\"/js/pages/\"]').src).href"


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def keep(artifacts: Path, name: str, figures: dict[str, float]) -> None:
    path = artifacts / "browser-speed.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**known, name: figures}, indent=2))


def best(measure: Callable[[], dict[str, float]], limits: dict[str, float]) -> dict[str, float]:
    """The figures of the first round within the limits, or the lowest of all rounds."""
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        rounds.append(measure())
        if all(rounds[-1][name] < limit * FACTOR for name, limit in limits.items()):
            return rounds[-1]
    return {name: min(one[name] for one in rounds) for name in rounds[0]}


def check(figures: dict[str, float], limits: dict[str, float]) -> None:
    for name, limit in limits.items():
        assert figures[name] < limit * FACTOR, name


def test_sign_up_is_quick_and_says_where_it_is(newcomer: Newcomer, artifacts: Path) -> None:
    def measure() -> dict[str, float]:
        made = [newcomer("quick").sign_up() for _ in range(SIGN_UPS)]
        stages = ["deriving", "identity", "uploading", "device", "done"]
        assert made[0]["stages"] == stages
        times = [one["ms"] for one in made]
        return {"median": statistics.median(times), "p95": p95(times)}

    limits = {"p95": SIGN_UP_MS}
    figures = best(measure, limits)
    keep(artifacts, "sign_up_ms", figures)
    check(figures, limits)


def test_computing_is_quick(newcomer: Newcomer, artifacts: Path) -> None:
    human = newcomer("quick")
    page = human.page()
    page.goto(f"{human.url}/signup")
    script = SCRIPT.partition("\n\n")[2].strip().rstrip(";")
    limits = {
        "start_make_p95": START_MS,
        "start_take_p95": START_MS,
        "encrypt_1k_median": MESSAGE_MS,
        "decrypt_1k_median": MESSAGE_MS,
    }
    figures = best(
        lambda: computing(page.evaluate(f"async () => await ({script})({BASE})")), limits
    )
    keep(artifacts, "computing_ms", figures)
    check(figures, limits)


def computing(found: dict[str, dict[str, list[float]]]) -> dict[str, float]:
    starts, plain, signed = found["starts"], found["plain"], found["signed"]
    return {
        "start_make_median": statistics.median(starts["make"]),
        "start_make_p95": p95(starts["make"]),
        "start_take_median": statistics.median(starts["take"]),
        "start_take_p95": p95(starts["take"]),
        "encrypt_1k_median": statistics.median(plain["encrypt"]),
        "decrypt_1k_median": statistics.median(plain["decrypt"]),
        "encrypt_1k_signed_median": statistics.median(signed["encrypt"]),
        "decrypt_1k_signed_median": statistics.median(signed["decrypt"]),
    }


def test_the_talk_room_loads_little(newcomer: Newcomer, artifacts: Path) -> None:
    human = newcomer("quick")
    human.sign_up()
    empty = human.new_browser(storage_state=human.context.storage_state())
    page = human.page(empty)
    sizes: dict[str, int] = {}
    page.on(
        "requestfinished",
        lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}),
    )
    page.goto(f"{human.url}/talk", wait_until="networkidle")
    total = sum(size for url, size in sizes.items() if "/api/" not in url)
    keep(artifacts, "talk_room_bytes", {"files": len(sizes), "compressed": total})
    assert not any("argon2" in url for url in sizes)
    assert total < FIRST_LOAD_BYTES
