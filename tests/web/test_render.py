"""render.yaml says what the program understands, and starts what the Procfile starts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import config
from tests.web import serving

BLUEPRINT = (serving.ROOT / "render.yaml").read_text()


def test_the_start_command_is_the_procfiles(tmp_path: Path) -> None:
    stub = tmp_path / "gunicorn"
    stub.write_text('#!/bin/sh\necho "$GUNICORN_CMD_ARGS|$EVENTLET_NO_GREENDNS|$*"\n')
    stub.chmod(0o755)
    (command,) = re.findall(r"^    startCommand: (.+)$", BLUEPRINT, re.MULTILINE)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PORT": "10000", "GUNICORN_CMD_ARGS": "--preload"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=serving.ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    options, no_greendns, arguments = done.stdout.strip().split("|")
    assert (options, no_greendns) == ("", "yes")
    assert arguments.endswith("--bind 0.0.0.0:10000 app:app")
    assert "-w 1 " in arguments


def test_every_variable_is_one_that_is_read() -> None:
    named = set(re.findall(r"^      - key: (\w+)$", BLUEPRINT, re.MULTILINE))
    ours = {*config.SECRET_VARIABLES, *config.INTEGERS, "FLASK_ENV", "CRYPTEXQ_DATA_DIR"}
    assert named - ours == {"PYTHON_VERSION"}
    assert set(config.SECRET_VARIABLES) < named


def test_a_generated_secret_is_good_enough() -> None:
    """Render makes 256 bits in base64."""
    import base64
    import secrets

    for _ in range(100):
        assert config.weakness(base64.b64encode(secrets.token_bytes(32)).decode()) is None
