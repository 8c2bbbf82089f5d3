"""Owns how requirements.txt and requirements-dev.txt come from their .in files.

It resolves on the oldest Python that we run, because a newer one drops what only the older needs;
the result installs on all of them. It keeps every mention of an index out of the files: where a
package comes from is each machine's own affair, its hash is not.

    python tools/lock_requirements.py             keep the versions that are locked, add what is new
    python tools/lock_requirements.py --upgrade   take the newest versions
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
PIP_TOOLS = "pip-tools==7.6.2"
# In this order: the second is constrained by the first.
NAMES = ("requirements", "requirements-dev")
HEADER = "# Locked from {name}.in by tools/lock_requirements.py on Python 3.11. Do not edit.\n"
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
)


def main(arguments: list[str]) -> None:
    if sys.version_info[:2] != OLDEST:
        raise SystemExit("The lock is made on Python 3.11: run this with python3.11.")
    with tempfile.TemporaryDirectory() as folder:
        pip_compile = install_pip_compile(Path(folder))
        for name in NAMES:
            lock(pip_compile, name, arguments)


def install_pip_compile(folder: Path) -> Path:
    """Put the pinned locker into a throwaway environment, so that it is no dependency of ours."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", PIP_TOOLS], check=True)
    return folder / "bin" / "pip-compile"


def lock(pip_compile: Path, name: str, arguments: list[str]) -> None:
    locked = ROOT / f"{name}.txt"
    command = [pip_compile, *OPTIONS, *arguments, "--output-file", locked.name, f"{name}.in"]
    subprocess.run(command, check=True, cwd=ROOT)
    body = locked.read_text(encoding="utf-8")
    locked.write_text(HEADER.format(name=name) + body, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
