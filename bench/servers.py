"""Starts a server on a core of its own, and says what it cost."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

SERVER_CORE, LOAD_CORE = 0, 1
LOG = Path(__file__).parents[1] / "artifacts" / "bench-server.log"  # of the last one started
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pin_load() -> bool:
    """Keep this process off the server's core; False where there is only one."""
    if not can_pin():
        return False
    os.sched_setaffinity(0, {LOAD_CORE})
    return True


def can_pin() -> bool:
    return (os.cpu_count() or 1) > 1 and shutil.which("taskset") is not None


class Server:
    """One server process and its children, from `with` to the end of the block."""

    def __init__(self, command: list[str], cwd: Path, env: dict[str, str], port: int) -> None:
        pinned = ["taskset", "-c", str(SERVER_CORE)] if can_pin() else []
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("w") as log:
            self._process = subprocess.Popen(
                [*pinned, *command], cwd=cwd, env={**os.environ, **env}, stdout=log, stderr=log
            )
        self.port = port

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    time.sleep(1.5)  # a listening socket comes before a worker that serves it
                    return self
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start, see {LOG}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _family(self) -> list[int]:
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def shield(self) -> None:
        """Put this server, as it runs now, and the load before the machine's other work.

        Threads that are started later, such as those that hash, keep their usual priority.
        """
        for pid in (os.getpid(), *self._family()):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
                os.sched_setscheduler(int(thread.name), policy, os.sched_param(1))

    def cpu_seconds(self) -> float:
        total = 0
        for pid in self._family():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICKS

    def resident_bytes(self) -> int:
        pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in self._family())
        return pages * os.sysconf("SC_PAGE_SIZE")
