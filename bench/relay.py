"""Messages accepted per second and their latency, ours against a bare relay, in one run.

    python -m bench.relay                        throughput and latency, bare and ours in turn
    python -m bench.relay --login-storm          what a login every 500 ms does to the relay

Ours authenticates the device, checks the envelope, seals it and has it on disk before it
acknowledges; the bare relay (`peers/bare_relay.py`) passes the same bytes on. Server and load have
a core each, runs alternate so that a noisy minute hits both, and ratios of neighbours come first,
because absolute figures mean little on a shared machine.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.load import Load, Result
from bench.ours import OURS
from bench.peers import BARE, Peer
from bench.servers import Server, can_pin, pin_load

ARTIFACTS = Path(__file__).parents[1] / "artifacts"


def main() -> None:
    options = parse()
    pin_load()
    OURS.prepare(options.clients)
    measure = login_storm if options.login_storm else compare
    report = {"machine": machine(), "options": vars(options), **measure(options)}
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"bench-{'login-storm' if options.login_storm else 'relay'}.json"
    path.write_text(json.dumps(report, indent=1))
    print(f"written to {path}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=500.0, help="messages a second, open loop")
    parser.add_argument("--login-storm", action="store_true")
    parser.add_argument("--shield", action="store_true", help="from the machine's other work; root")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "pinned": can_pin(),
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
    }


# -- ours against the bare relay --------------------------------------------


def compare(options: argparse.Namespace) -> dict[str, Any]:
    runs: dict[str, list[dict[str, float]]] = {BARE.name: [], OURS.name: []}
    for _ in range(options.rounds):
        for peer in (BARE, OURS):
            figures = one_run(peer, options)
            runs[peer.name].append(figures)
            print(f"{peer.name:>10}  {line(figures)}", flush=True)
    ratios = [
        mine["accepted_per_second"] / theirs["accepted_per_second"]
        for mine, theirs in zip(runs[OURS.name], runs[BARE.name], strict=True)
    ]
    print(f"accepted, ours to bare: {spread(ratios, 2)}")
    return {"ratio": spread_of(ratios), "runs": runs}


def one_run(peer: Peer, options: argparse.Namespace) -> dict[str, float]:
    with peer.server() as server:
        load = seated(server, peer, options)
        before = server.cpu_seconds(), time.process_time()
        closed = load.closed(options.in_flight, options.seconds)
        after = server.cpu_seconds(), time.process_time()
        opened = load.open(options.rate, options.seconds)
    if closed.refused or opened.refused:
        raise RuntimeError(f"{peer.name} refused {closed.refused + opened.refused} messages")
    busy = options.seconds + 1.0  # with the warm-up
    accepted, server_cpu = closed.accepted / closed.seconds, (after[0] - before[0]) / busy
    return {
        "accepted_per_second": accepted,
        "delivered_per_second": closed.delivered / closed.seconds,
        "server_cpu": server_cpu,
        "server_us_per_message": 1e6 * server_cpu / accepted,
        "load_cpu": (after[1] - before[1]) / busy,
        **{f"closed_{key}": value for key, value in latencies(closed).items()},
        **{f"open_{key}": value for key, value in latencies(opened).items()},
    }


def seated(server: Server, peer: Peer, options: argparse.Namespace) -> Load:
    load = Load(server.port, peer.seats(server.port, options.clients))
    if options.shield:
        server.shield()
    return load


def latencies(result: Result) -> dict[str, float]:
    return {
        f"{name}_p{percent}_ms": percentile(values, percent)
        for name, values in (("ack", result.ack), ("delivery", result.delivery))
        for percent in (50, 99)
    }


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)] * 1000


def line(figures: dict[str, float]) -> str:
    return (
        f"{figures['accepted_per_second']:7.0f} accepted/s   open loop: "
        f"ack p50 {figures['open_ack_p50_ms']:.1f} p99 {figures['open_ack_p99_ms']:.1f} ms, "
        f"delivery p50 {figures['open_delivery_p50_ms']:.1f} "
        f"p99 {figures['open_delivery_p99_ms']:.1f} ms   "
        f"CPU server {figures['server_cpu']:.0%} load {figures['load_cpu']:.0%}, "
        f"{figures['server_us_per_message']:.0f} us of the server's for a message"
    )


def spread_of(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def spread(values: list[float], digits: int) -> str:
    return "  ".join(f"{name} {value:.{digits}f}" for name, value in spread_of(values).items())


# -- logins beside the relay ------------------------------------------------


def login_storm(options: argparse.Namespace) -> dict[str, Any]:
    """One server, in turn quiet and with a login every 500 ms; how far the p99 moves.

    The p99 is that of a second, and what is compared is the median over all seconds: a burst of
    the neighbours' on the machine spoils some seconds, not the comparison.
    """
    quiet: list[Result] = []
    stormy: list[Result] = []
    with OURS.server() as server:
        load = seated(server, OURS, options)
        for _ in range(options.rounds):
            quiet += one_second_each(load, options)
            with Storm(server.port):
                stormy += one_second_each(load, options)
            print(f"   quiet  {brief(quiet)}\n  stormy  {brief(stormy)}", flush=True)
    figures = {"quiet": medians(quiet), "stormy": medians(stormy)}
    moved = figures["stormy"]["delivery_p99_ms"] - figures["quiet"]["delivery_p99_ms"]
    print(f"the p99 of delivery moves by {moved:.1f} ms")
    return {"p99_moves_by_ms": moved, **figures}


def one_second_each(load: Load, options: argparse.Namespace) -> list[Result]:
    return [load.open(options.rate, 1.0, warm_up=0.2) for _ in range(round(options.seconds))]


def medians(results: list[Result]) -> dict[str, float]:
    each = [latencies(result) for result in results]
    return {name: statistics.median(one[name] for one in each) for name in each[0]}


def brief(results: list[Result]) -> str:
    return "  ".join(f"{name} {value:.1f}" for name, value in medians(results).items())


class Storm:
    """A login every 500 ms, from a process of its own so that it costs the load nothing."""

    def __init__(self, port: int) -> None:
        self._command = [sys.executable, "-m", "bench.storm", str(port)]

    def __enter__(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=ARTIFACTS.parent)
        time.sleep(1.0)  # its imports are not what we measure

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is not None:
            raise RuntimeError("the logins failed")
        self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    main()
