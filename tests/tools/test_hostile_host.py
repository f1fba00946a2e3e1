# SPDX-License-Identifier: GPL-2.0
"""Hosts that break the protocol: the agent ends their session, and serves the next."""
import os
import random
import struct

import pytest

import wire
from conftest import leftovers

S = 0x1234567890ABCDEF


@pytest.fixture
def control(guest):
    peer = wire.Peer(guest.directory / "control.sock")
    yield peer
    peer.close()


@pytest.fixture
def data(guest):
    peer = wire.Peer(guest.directory / "data.sock")
    yield peer
    peer.close()


def greet(control, session=S):
    control.send(wire.hello(session))
    control.wait_for(wire.WELCOME, session)


def attach(control, data, session=S):
    greet(control, session)
    data.send(wire.frame(wire.ATTACH, session))
    data.wait_for(wire.ATTACHED, session)


def expect_error(control, code=2, session=S):
    got, text = wire.error_of(control.wait_for(wire.ERROR, session))
    assert got == code, text
    return text


def still_serves(guest, *peers):
    for peer in peers:
        peer.close()
    assert guest.agent.poll() is None
    guest.run("exec", "true")


def test_a_session_that_ended_does_not_begin_again(guest, control):
    greet(control)
    control.send(wire.frame(wire.BYE, S), wire.hello(S))
    assert "the session has ended" in expect_error(control, 7)
    greet(control, S + 1)
    still_serves(guest, control)


BAD_FRAMES = {
    "unknown type": wire.frame(0x3F, S),
    "reserved field": wire.frame(wire.PUT, S, reserved=1),
    "payload check": wire.frame(wire.PUT, S, b"abc", check=1),
    "version": wire.frame(wire.PUT, S, version=2),
    "another session": wire.frame(wire.PUT, S + 1),
    "too long": wire.frame(wire.PUT, S, b"", length=65537),
    "far too long": wire.frame(wire.PUT, S, b"", length=0xFFFFFFFF),
    "answer as a request": wire.welcome(S),
    "data on control": wire.frame(wire.DATA, S, b"x"),
    "empty put": wire.frame(wire.PUT, S),
    "put with a NUL": wire.frame(wire.PUT, S, struct.pack("<IB", 0, 1) + b"\3\0a\0b"),
    "put without a digest": wire.put(S, "/tmp", digest=0),
    "put with an unknown digest": wire.put(S, "/tmp", digest=9),
    "put with unknown flags": wire.put(S, "/tmp", flags=1 << 20),
    "get without a name": wire.get(S, "/etc/passwd", ""),
    "get with a path as name": wire.get(S, "/etc/passwd", "../x"),
    "get with a deep name": wire.get(S, "/etc/passwd", "a/b"),
    "exec with too many arguments": wire.frame(wire.EXEC, S, struct.pack("<IHHHH", 0, 0, 0, 0, 9)),
    "power with a wild action": wire.frame(wire.POWER, S, b"\7\0"),
    "garbage": b"\x89PSD" * 20,
    "zeros": bytes(100),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_a_bad_frame_on_control_ends_the_session_only(guest, control, name):
    greet(control)
    control.send(BAD_FRAMES[name])
    expect_error(control)
    greet(control, S + 7)
    still_serves(guest, control)


def test_nothing_is_answered_before_a_hello(guest, control):
    control.send(wire.put(S, "/tmp"), bytes(1000), wire.frame(wire.POWER, S, b"\0\0"))
    control.send(wire.hello(S))
    kind, session, _ = control.receive()
    assert (kind, session) == (wire.WELCOME, S)
    still_serves(guest, control)


def test_a_host_of_another_version_is_told_so(guest, control):
    control.send(wire.hello(S, low=2, high=3))
    text = expect_error(control, code=1)
    assert "version 1" in text
    still_serves(guest, control)


def test_swapped_ports_are_told(guest, data):
    data.send(wire.hello(S))
    text = expect_error(data, code=3)
    assert "swapped" in text
    still_serves(guest, data)


def test_a_request_without_the_data_port_is_refused(guest, control):
    greet(control)
    control.send(wire.put(S, str(guest.files)))
    expect_error(control, code=5)
    control.send(wire.execute(S, "true"))
    expect_error(control, code=5)
    still_serves(guest, control)


def test_a_second_request_while_one_is_under_way_is_refused(guest, control, data):
    attach(control, data)
    control.send(wire.put(S, str(guest.files)))
    control.wait_for(wire.ACCEPTED, S)
    control.send(wire.put(S, str(guest.files)))
    expect_error(control, code=6)
    data.send(wire.a_file(S, 0, "f", b"content"), wire.frame(wire.FINISH, S))
    control.wait_for(wire.SUMMARY, S)
    assert (guest.files / "f").read_bytes() == b"content"
    still_serves(guest, control, data)


BAD_PATHS = ["/etc/x", "../x", "a/../../x", "", ".", "..", "a//b", "a/", "./a",
             "/".join(["d"] * 300), "x" * 256]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_leads_elsewhere_ends_the_session(guest, control, data, path):
    attach(control, data)
    control.send(wire.put(S, str(guest.files)))
    control.wait_for(wire.ACCEPTED, S)
    data.send(wire.a_file(S, 0, path, b"evil"))
    expect_error(control)
    assert not os.listdir(guest.files)
    still_serves(guest, control, data)


def test_a_link_that_was_sent_is_not_followed(guest, control, data):
    outside = guest.files.parent / "outside"
    outside.mkdir()
    attach(control, data)
    control.send(wire.put(S, str(guest.files)))
    control.wait_for(wire.ACCEPTED, S)
    data.send(wire.entry(S, 0, "l", kind=wire.SYMLINK, target=str(outside)),
              wire.a_file(S, 1, "l/f", b"evil"), wire.frame(wire.FINISH, S))
    assert control.wait_for(wire.RESULT, S)[4] == 0
    assert control.wait_for(wire.RESULT, S)[4] == 1
    control.wait_for(wire.SUMMARY, S)
    assert not os.listdir(outside)
    still_serves(guest, control, data)


def put_stream(guest, control, data, *frames):
    attach(control, data)
    control.send(wire.put(S, str(guest.files)))
    control.wait_for(wire.ACCEPTED, S)
    data.send(*frames)


WRONG_STREAMS = {
    "content without an entry": [wire.frame(wire.DATA, S, b"x")],
    "a hole without an entry": [wire.frame(wire.HOLE, S, struct.pack("<Q", 1))],
    "an end without an entry": [wire.end(S, 0, b"")],
    "an index left out": [wire.a_file(S, 1, "f", b"x")],
    "an entry inside a file": [wire.entry(S, 0, "f"), wire.entry(S, 1, "g")],
    "an end of another file": [wire.entry(S, 0, "f"), wire.end(S, 1, b"")],
    "the finish inside a file": [wire.entry(S, 0, "f"), wire.frame(wire.FINISH, S)],
    "an unknown kind": [wire.entry(S, 0, "f", kind=0)],
    "a frame of the agent's": [wire.frame(wire.STDOUT, S, b"x")],
    "a broken header": [wire.entry(S, 0, "f"), b"\0" * 32],
    "an endless hole": [wire.entry(S, 0, "f"), wire.frame(wire.HOLE, S, struct.pack("<Q", 1 << 63))],
}


@pytest.mark.parametrize("name", WRONG_STREAMS)
def test_data_out_of_order_ends_the_session_and_leaves_nothing(guest, control, data, name):
    put_stream(guest, control, data, *WRONG_STREAMS[name])
    expect_error(control)
    still_serves(guest, control, data)
    assert not os.listdir(guest.files)


WRONG_CONTENT = {
    "a wrong digest": [wire.entry(S, 0, "f", size=1), wire.frame(wire.DATA, S, b"x"),
                       wire.end(S, 0, b"y")],
    "no digest": [wire.entry(S, 0, "f", size=1), wire.frame(wire.DATA, S, b"x"),
                  wire.end(S, 0, b"x", digest="")],
    "a wrong length": [wire.entry(S, 0, "f", size=1), wire.frame(wire.DATA, S, b"x"),
                       wire.end(S, 0, b"x", size=2)],
    "too little": [wire.entry(S, 0, "f", size=2, flags=0), wire.frame(wire.DATA, S, b"x"),
                   wire.end(S, 0, b"x", size=2)],
    "too much": [wire.entry(S, 0, "f", size=1, flags=0), wire.frame(wire.DATA, S, b"xy"),
                 wire.end(S, 0, b"xy", size=1)],
    "a hole too long": [wire.entry(S, 0, "f", size=1),
                        wire.frame(wire.HOLE, S, struct.pack("<Q", 2)), wire.end(S, 0, b"\0\0")],
}


@pytest.mark.parametrize("name", WRONG_CONTENT)
def test_content_that_is_not_what_was_announced_gets_no_name(guest, control, data, name):
    put_stream(guest, control, data, *WRONG_CONTENT[name], wire.frame(wire.FINISH, S))
    result = control.wait_for(wire.RESULT, S)
    assert result[4] == 2, "not told that it differs"
    control.wait_for(wire.SUMMARY, S)
    assert not os.listdir(guest.files)
    still_serves(guest, control, data)


def test_results_that_were_not_asked_for_end_the_session(guest, control, data):
    (guest.files / "f").write_bytes(os.urandom(3 << 20))
    attach(control, data)
    control.send(wire.get(S, str(guest.files / "f"), "f"))
    control.wait_for(wire.ACCEPTED, S)
    control.send(wire.frame(wire.OFFER, S, struct.pack("<IQ", 5, 0)))
    expect_error(control)
    still_serves(guest, control, data)


def test_an_offer_beyond_the_end_of_the_file_ends_the_session(guest, control, data):
    (guest.files / "f").write_bytes(os.urandom(3 << 20))
    attach(control, data)
    control.send(wire.get(S, str(guest.files / "f"), "f"))
    control.wait_for(wire.ACCEPTED, S)
    data.wait_for(wire.ENTRY, S)
    control.send(wire.frame(wire.OFFER, S, struct.pack("<IQ", 0, (3 << 20) + 1)))
    expect_error(control)
    still_serves(guest, control, data)


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_in_a_session_do_no_harm(guest, control, data, seed):
    generator = random.Random(seed)
    attach(control, data)
    for _ in range(20):
        peer = generator.choice([control, data])
        peer.send(generator.randbytes(generator.randrange(2000)))
    still_serves(guest, control, data)


@pytest.mark.parametrize("seed", range(20))
def test_valid_frames_in_any_order_do_no_harm(guest, control, data, seed):
    generator = random.Random(seed)
    kinds = [kind for kind in range(1, 0x60) if kind != wire.POWER]
    attach(control, data)
    control.send(wire.put(S, str(guest.files)))
    for _ in range(50):
        payload = generator.randbytes(generator.choice([0, 1, 4, 12, 40, 300]))
        generator.choice([control, data]).send(wire.frame(generator.choice(kinds), S, payload))
    still_serves(guest, control, data)


def test_a_flood_of_hellos_does_not_flood_the_log(guest, control):
    for session in range(1, 20000):
        control.send(wire.hello(session), wire.frame(0x3F, session))
        if session % 100 == 0:
            control.wait_for(wire.ERROR, session)
    still_serves(guest, control)
    assert len(guest.log) < 1000


def test_nothing_is_left_when_the_session_ends_in_a_small_file(guest, control, data):
    put_stream(guest, control, data, wire.entry(S, 0, "f", size=100),
               wire.frame(wire.DATA, S, b"x" * 50))
    control.send(wire.frame(wire.BYE, S))
    still_serves(guest, control, data)
    assert not os.listdir(guest.files) and not leftovers(guest.files)
