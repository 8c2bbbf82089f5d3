"""`python -m bench.storm PORT`: one login every 500 ms until it is ended, or until one fails."""

import os
import sys
import threading
import time

from bench.ours import login
from bench.servers import pin_load

EVERY = 0.5


def main() -> None:
    pin_load()
    os.nice(10)  # it shares a core with the load, whose lateness would be taken for the server's
    port = int(sys.argv[1])
    login(port)
    due = time.monotonic()
    while True:
        # A login that takes longer than its turn must not thin out the storm.
        threading.Thread(target=attempt, args=(port,), daemon=True).start()
        due += EVERY
        time.sleep(max(0.0, due - time.monotonic()))


def attempt(port: int) -> None:
    """Logins that the server refuses cost it little, and would make it look good."""
    done = False
    try:
        login(port)
        done = True
    finally:
        if not done:
            os._exit(1)


if __name__ == "__main__":
    main()
