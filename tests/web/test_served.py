"""The real server on the real runtime: starts, restarts, ends at once, and keeps to itself what it
was sent."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from crypto.wire import b64_encode
from tests.web import serving
from tests.web.visitor import API, Person

WRONG = b64_encode(bytes(32))


class Client:
    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.headers.update(headers)

    def get(self, path: str) -> requests.Response:
        return self.http.get(self.url + path, timeout=30)

    def send(self, method: str, path: str, body: object = None) -> requests.Response:
        token = self.get(f"{API}/csrf").json()["token"]
        headers = {"X-CSRF-Token": token, "Origin": self.http.headers.get("X-Origin", self.url)}
        url = self.url + API + path
        return self.http.request(method, url, json=body, headers=headers, timeout=30)


def now() -> int:
    return time.time_ns() // 1_000_000


def development(folder: Path) -> dict[str, str]:
    return {"CRYPTEXQ_DATA_DIR": str(folder / "data"), "PORT": str(serving.free_port())}


def production(folder: Path) -> dict[str, str]:
    return {
        **development(folder),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "CRYPTEXQ_HMAC_SECRET": secrets.token_urlsafe(48),
    }


def test_a_stranger_starts_it_signs_up_and_finds_it_again(tmp_path: Path) -> None:
    env, log = development(tmp_path), tmp_path / "log"
    person = Person("alice", now())
    with serving.running(serving.directly(), env, log) as server:
        client = Client(server.url)
        assert client.send("POST", "/accounts", person.sign_up_body()).status_code == 201
        held = socket.create_connection(("127.0.0.1", server.port))
        assert server.terminate() < 5  # a connection that somebody holds open does not matter
        held.close()
    with serving.running(serving.directly(), env, log) as server:
        assert client.get(f"{API}/me").json()["name"] == "alice"
        server.kill()
    with serving.running(serving.directly(), env, log) as server:
        assert client.get(f"{API}/me").json()["name"] == "alice"
        login = {"login": "alice", "login_key": b64_encode(person.login_key)}
        assert Client(server.url).send("POST", "/sessions", login).status_code == 200
    assert "Traceback" not in log.read_text()
    assert "Warning" not in log.read_text()


def test_neither_log_nor_database_has_what_was_sent(tmp_path: Path) -> None:
    env, log = development(tmp_path), tmp_path / "log"
    person = Person("quite-a-rare-name", now())
    body = person.sign_up_body()
    with serving.running(serving.directly(), env, log) as server:
        client = Client(server.url)
        client.send("POST", "/accounts", body)
        client.send("POST", "/sessions", {"login": person.email, "login_key": WRONG})
        client.send("POST", "/sessions", {"login": person.email, "login_key": body["login_key"]})
        client.send("DELETE", "/sessions/current")
        cookies = [cookie.value or "" for cookie in client.http.cookies]
    text, stored = log.read_bytes(), b"".join(p.read_bytes() for p in (tmp_path / "data").iterdir())
    secret = [person.email, body["login_key"], body["recovery_login_key"], *cookies]
    raw = [person.login_key, person.recovery_login_key]
    assert text.count(b'"route"') > 6
    assert person.name.encode() in stored
    assert [s for s in secret if s.encode() in text or s.encode() in stored] == []
    assert [r for r in raw if r in stored or r.hex().encode() in stored + text] == []
    assert person.name.encode() not in text


def test_gunicorn_as_the_procfile_starts_it(tmp_path: Path) -> None:
    command, more = serving.as_in_procfile()
    env = {**production(tmp_path), **more, "TRUSTED_PROXIES": "1"}
    port = env["PORT"]
    command = [word.replace("${PORT:-5000}", port) for word in command]
    with serving.running(command, env, tmp_path / "log") as server:
        # What a proxy in front of it sends on behalf of a browser that came by https.
        origin = f"https://localhost:{port}"
        client = Client(server.url, **{"X-Forwarded-Proto": "https", "X-Origin": origin})
        answer = client.get(f"{API}/csrf")
        assert "Strict-Transport-Security" in answer.headers
        assert "; Secure" in answer.headers["Set-Cookie"]
        token, cookie = answer.json()["token"], answer.headers["Set-Cookie"].split(";")[0]
        headers = {"X-CSRF-Token": token, "Origin": origin, "Cookie": cookie}
        body = Person("alice", now()).sign_up_body()
        made = client.http.post(
            f"{server.url}{API}/accounts", json=body, headers=headers, timeout=30
        )
        assert made.status_code == 201
        assert server.terminate() < 15


@pytest.mark.parametrize("direct", [True, False])
def test_production_without_a_secret_ends_with_one_line(tmp_path: Path, direct: bool) -> None:
    env = {"FLASK_ENV": "production", "PATH": "", "CRYPTEXQ_DATA_DIR": str(tmp_path)}
    command = serving.directly() if direct else [sys.executable, "-c", "import app"]
    done = subprocess.run(
        command, cwd=serving.ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3, "gunicorn tries again for ever after any other code"
    lines = (done.stdout + done.stderr).strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("CryptexQ cannot start. SECRET_KEY is not set. Make one with: ")


def refusal(env: dict[str, str]) -> str:
    done = subprocess.run(
        serving.directly(), cwd=serving.ROOT, env=env, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 3
    [line] = done.stderr.strip().splitlines()
    return line


def test_a_port_in_use_is_not_shared(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = str(taken.getsockname()[1])
        line = refusal({**development(tmp_path), "PORT": port})
    assert line.startswith("CryptexQ cannot start. HOST=127.0.0.1 PORT=" + port)


def test_a_host_that_is_not_ours_is_named(tmp_path: Path) -> None:
    assert "HOST=192.0.2.1" in refusal({**development(tmp_path), "HOST": "192.0.2.1"})


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "data")
    assert "CRYPTEXQ_DATA_DIR" in refusal({**development(tmp_path), "CRYPTEXQ_DATA_DIR": folder})


def test_gunicorn_gives_up_without_a_secret(tmp_path: Path) -> None:
    command, env = serving.as_in_procfile()
    port = str(serving.free_port())
    command = [word.replace("${PORT:-5000}", port) for word in command]
    env |= {"FLASK_ENV": "production", "PATH": "", "CRYPTEXQ_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        command, cwd=serving.ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout + done.stderr).count("CryptexQ cannot start.") == 1


def test_every_log_line_is_json(tmp_path: Path) -> None:
    env, log = development(tmp_path), tmp_path / "log"
    with serving.running(serving.directly(), env, log) as server:
        Client(server.url).get("/nowhere")
    first, *lines = log.read_text().splitlines()
    assert first == f"CryptexQ is at http://localhost:{env['PORT']} (Ctrl+C ends it)"
    assert {json.loads(line)["message"] for line in lines} == {"request"}
