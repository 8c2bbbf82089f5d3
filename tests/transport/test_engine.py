"""The real server over real sockets: what a hostile client meets, and what others notice."""

import contextlib
import json
import threading
import time

import pytest

from tests.transport.wire import PATH, Gone, Gunicorn, Server, Wire, masked

LIMIT = 64 * 1024


@pytest.fixture(scope="module")
def running():
    with Server() as started:
        yield started


@pytest.fixture
def server(running):
    yield running
    running.hang_up()


# -- the handshake ----------------------------------------------------------


def test_a_client_joins_calls_and_leaves(server):
    wire = server.joined()
    assert wire.call("echo", {"a": "ü"}) == {"a": "ü"}
    wire.send("1")
    assert wire.end().code == 1000


def test_polling_is_not_spoken(server):
    path = PATH.replace("websocket", "polling")
    assert server.wire(path=path).status == 400
    assert server.wire(path=path, headers={"Upgrade": None, "Connection": None}).status == 400


def test_compression_is_never_agreed_to(server):
    wire = server.wire(headers={"Sec-WebSocket-Extensions": "permessage-deflate"})
    assert wire.status == 101
    assert "extensions" not in wire.response.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "c2hvcnQ="},
        {"Sec-WebSocket-Key": "!" * 24},
        {"Sec-WebSocket-Version": "8"},
        {"Connection": "keep-alive"},
        {"Upgrade": None},
    ],
)
def test_a_handshake_that_is_not_one_opens_nothing(server, headers):
    """engineio alone keeps a session for 45 seconds for each request without a key."""
    assert server.wire(headers=headers).status == 400
    assert server.joined().call("count", None) == 1


def test_whom_the_hook_refuses_gets_no_socket(server):
    wire = server.wire(headers={"X-Name": "stranger"})
    assert wire.status == 401
    assert server.joined(**{"X-Name": "ann"}).call("who", None) == "ann"


def test_sockets_are_capped_for_one_and_for_all_and_free_again_after():
    with Server(sockets=3, sockets_per_key=2) as server:
        mine = [server.joined(**{"X-Name": "ann"}) for _ in range(2)]
        assert server.wire(headers={"X-Name": "ann"}).status == 429
        server.joined(**{"X-Name": "bob"})
        assert server.wire().status == 503
        assert server.wire(headers={"X-Name": "stranger"}).status == 503  # nobody was asked
        mine[0].close()
        mine[1].sees_open(2)
        assert server.wire(headers={"X-Name": "ann"}).status == 101


def test_who_does_not_join_is_sent_away():
    with Server(opening_seconds=0.5) as server:
        wire, joined = server.wire(), server.joined()
        wire.send("3")  # alive, but not joining
        gone = wire.end()
        assert (gone.code, gone.reason) == (1008, "did not join in time")
        wire.close()
        joined.sees_open(1)


# -- broken and hostile frames ----------------------------------------------


def test_a_2_mb_frame_is_refused_and_nobody_else_waits(server):
    wire, other = server.joined(), server.joined()
    sender = threading.Thread(target=lambda: wire.sock.sendall(masked(1, bytes(2 << 20))))
    sender.start()
    slowest = max(timed(lambda: other.call("echo", {})) for _ in range(20))
    assert wire.end().code == 1009
    sender.join()
    assert slowest < 0.15


def test_who_is_still_sending_is_told_why_and_not_reset(server):
    """A socket that is closed with unread bytes is reset, and the reason may be lost with it."""
    wire = server.joined()
    frame = masked(1, bytes(1 << 20))
    wire.sock.sendall(frame[:70_000])
    assert wire.end().code == 1009
    for start in range(70_000, len(frame), 1 << 16):
        wire.sock.sendall(frame[start : start + (1 << 16)])
        time.sleep(0.01)


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (masked(1, b"", final=False), masked(0, b"", final=False)),
        (masked(1, b"4", final=False), masked(0, bytes(8192), final=False)),
        (masked(1, bytes(60000), final=False), masked(0, bytes(60000), final=False)),
    ],
)
def test_a_fragmented_message_that_never_ends_is_refused(server, first, more):
    wire = server.joined()
    wire.sock.sendall(first)
    with pytest.raises(Gone) as gone:
        send_until_told(wire, more)
    assert gone.value.code == 1009


def send_until_told(wire: Wire, more: bytes) -> None:
    for _ in range(1000):
        wire.sock.sendall(more)
        wire.sock.settimeout(0.001)
        with contextlib.suppress(TimeoutError):
            wire.receive()
        wire.sock.settimeout(10)


def test_a_fragmented_event_within_the_limit_is_one_event(server):
    wire = server.joined()
    text = b'421["echo",{"a":"' + b"x" * 60000 + b'"}]'
    wire.sock.sendall(masked(1, text[:10], final=False) + masked(9, b"hi") + masked(0, text[10:]))
    assert wire.frame() == (10, b"hi")
    assert wire.receive().startswith('431[{"a":"xxx')


BAD_FRAMES = {
    "not UTF-8": (1007, masked(1, b"42\xff")),
    "binary": (1003, masked(2, b"4")),
    "empty": (1002, masked(1, b"")),
    "binary attachment": (1002, masked(1, b'451-["echo",{"_placeholder":true,"num":0}]')),
    "an event without a name": (1002, masked(1, b"42[]")),
    "not masked": (1002, b"\x81\x01x"),
    "bad close": (1002, masked(8, b"\x00\x01")),
}


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_bad_frames_end_the_connection_with_a_reason(server, case):
    code, data = BAD_FRAMES[case]
    wire = server.joined()
    wire.sock.sendall(data)
    assert wire.end().code == code


def test_an_event_before_joining_is_refused(server):
    wire = server.wire()
    wire.receive()
    wire.send('421["echo",1]')
    assert wire.end().code == 1002


def test_what_comes_after_a_bad_packet_is_not_acted_on(server):
    wire, other = server.joined(), server.joined()
    before = other.call("worked", None)
    wire.sock.sendall(masked(1, b"42[]") + masked(1, b'42["work",1]'))
    assert wire.end().code == 1002
    assert other.call("worked", None) == before


def test_what_came_before_a_bad_frame_is_still_answered(server):
    wire = server.joined()
    wire.sock.sendall(masked(1, b'427["echo",1]') + masked(2, b""))
    assert wire.receive() == "437[1]"
    assert wire.end().code == 1003


def test_a_flood_of_events_is_cut_off_and_a_burst_is_not():
    with Server(rate={"per_second": 5, "burst": 20}) as server:
        wire = server.joined()  # spends one
        for number in range(19):
            assert wire.call("echo", number) == number
        for _ in range(5):
            wire.send('42["echo",1]')
        gone = wire.end()
        assert (gone.code, gone.reason) == (1008, "too many messages")


def test_pings_are_not_free_either():
    with Server(rate={"per_second": 5, "burst": 20}) as server:
        wire = server.joined()
        wire.sock.sendall(masked(9, b"") * 30)
        assert wire.end().code == 1008


def test_one_who_sends_much_does_not_keep_the_others_waiting():
    with Server(rate={"per_second": 1e6, "burst": 1e6}) as server:
        busy, other = server.joined(), server.joined()
        busy.sock.sendall(masked(1, b'42["work",1]') * 1500)  # each a millisecond of work
        time.sleep(0.1)
        assert timed(lambda: other.call("echo", 1)) < 0.5
        assert other.call("worked", None) < 1500


# -- slow and silent clients ------------------------------------------------


def test_a_reader_that_never_reads_is_cut_off_and_costs_no_memory():
    with Server(rate={"per_second": 1e6, "burst": 1e6}) as server:
        slow, other = server.wire(), server.joined()
        slow.receive()
        slow.send("40")
        sid = json.loads(slow.receive()[2:])["sid"]
        before = server.memory()
        for _ in range(60):  # 60 MB at one who reads none of it
            other.call("pour", {"to": sid, "times": 1000})
        assert other.call("gone", None) == ["slow reader"]
        assert other.call("count", None) == 1
        assert server.memory() - before < 20e6


def test_who_has_gone_is_forgotten(server):
    for _ in range(3):
        server.joined().close()
    last = server.joined()
    last.sees_open(1)
    assert last.call("held", None) == 1


def test_a_joined_client_may_be_quiet_for_longer_than_a_request(server):
    wire = server.joined()
    time.sleep(1.3)  # requests of this server time out after one second
    assert wire.call("echo", 1) == 1


def test_a_slow_reader_within_the_bound_gets_everything_in_order():
    with Server(backlog_bytes=8 << 20) as server:
        slow, other = server.wire(), server.joined()
        slow.receive()
        slow.send("40")
        sid = json.loads(slow.receive()[2:])["sid"]
        for _ in range(8):
            other.call("pour", {"to": sid, "times": 1000})
        slow.send('421["echo","last"]')
        time.sleep(0.3)
        got = [slow.receive() for _ in range(8001)]
        assert got[-1] == '431["last"]'
        assert set(got[:-1]) == {'42["drop","' + "x" * 1000 + '"]'}


def test_a_silent_client_is_dropped_and_one_that_answers_stays():
    with Server(heartbeat_seconds=0.5, opening_seconds=0.3) as server:
        silent, alive = server.joined(), server.joined()
        stop = threading.Event()
        answering = threading.Thread(target=answer_pings, args=(alive, stop))
        answering.start()
        assert silent.end().code is None
        time.sleep(1.0)
        stop.set()
        answering.join()
        assert alive.call("gone", None) == ["ping timeout"]


def answer_pings(wire: Wire, stop: threading.Event) -> None:
    wire.sock.settimeout(0.05)
    while not stop.is_set():
        try:
            if wire.receive() == "2":
                wire.send("3")
        except TimeoutError:
            pass
    wire.sock.settimeout(10)


# -- events -----------------------------------------------------------------


def test_events_of_one_client_are_handled_in_order(server):
    wire = server.joined()
    wire.sock.sendall(b"".join(masked(1, f'42{n}["echo",{n}]'.encode()) for n in range(100)))
    assert [wire.receive() for _ in range(100)] == [f"43{n}[{n}]" for n in range(100)]


def test_a_late_answer_holds_up_nobody_and_is_sent_once(server):
    wire = server.joined()
    wire.send('421["late",{"after":0.2}]')
    wire.send('422["late",{"after":0.1}]')
    wire.send('423["echo","at once"]')
    wire.send('42["late",{"after":0}]')  # wants no answer
    assert wire.receive() == '433["at once"]'
    assert wire.receive() == '432[{"after":0.1}]'
    assert wire.receive() == '431[{"after":0.2}]'
    assert wire.call("echo", 4, number=4) == 4


def test_a_late_answer_to_one_who_has_gone_does_no_harm(server):
    wire = server.joined()
    wire.send('421["late",{"after":0.1}]')
    wire.close()
    time.sleep(0.2)
    assert server.joined().call("echo", 1) == 1


def test_a_fault_in_a_handler_does_not_end_the_connection(server):
    wire = server.joined()
    wire.send('421["fail",1]')
    wire.send('422["echo"]')  # a handler called with too few arguments
    assert wire.call("echo", 3, number=3) == 3


def test_a_client_that_was_disconnected_is_told_and_may_not_linger():
    with Server(heartbeat_seconds=0.5, opening_seconds=0.3) as server:
        wire, other = server.wire(), server.wire()
        wire.receive(), other.receive()
        wire.send("40"), other.send("40")
        sid = json.loads(wire.receive()[2:])["sid"]
        other.receive()
        other.call("kick", {"sid": sid})
        assert wire.receive() == "41"
        assert wire.end().code == 1008


def test_hanging_up_tells_why(server):
    wire, other = server.wire(), server.joined()
    wire.receive()
    wire.send("40")
    sid = json.loads(wire.receive()[2:])["sid"]
    other.call("hang up", {"sid": sid})
    assert str(wire.end()) == str(Gone(1008, "logged out"))
    other.call("hang up", {"sid": "nobody"})


# -- stopping ---------------------------------------------------------------


def test_a_stop_tells_the_clients_and_does_not_wait_for_them():
    with Gunicorn() as server:
        wires = [server.joined() for _ in range(3)]
        assert wires[0].call("echo", 1) == 1
        start = time.monotonic()
        server.terminate()
        assert [wire.end().code for wire in wires] == [1012] * 3
        server.wait()
        for wire in wires:
            wire.close()
    assert time.monotonic() - start < 8
