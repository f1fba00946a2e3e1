# SPDX-License-Identifier: GPL-2.0
"""Connections that end at any byte, agents that die, transfers that go on afterwards."""
import os
import random
import signal

import pytest

from conftest import leftovers
from trees import describe, make_tree

LARGE = 8 << 20


def large_file(path, size=LARGE):
    path.write_bytes(random.Random(size).randbytes(size))
    return path


def cut_points(count, largest, seed):
    generator = random.Random(seed)
    return [generator.randrange(1, largest) for _ in range(count)]


@pytest.mark.parametrize("at", [1, 20, 33, 70, 5000] + cut_points(5, LARGE, 1))
def test_put_goes_on_where_the_data_line_was_cut(guest, at):
    source = large_file(guest.local / "f")
    guest.qemu.cut("data", to_guest=at)
    guest.run("put", source, guest.files, status=3)
    assert not (guest.files / "f").exists()
    sent_before = guest.qemu.lines["data"].count_to_guest
    guest.run("put", source, guest.files)
    assert (guest.files / "f").read_bytes() == source.read_bytes()
    assert not leftovers(guest.files)
    if at > 3 << 20:
        sent_again = guest.qemu.lines["data"].count_to_guest - sent_before
        assert sent_again < LARGE - (at - (2 << 20)), "it began again from the start"


@pytest.mark.parametrize("at", [1, 20, 33, 70, 5000] + cut_points(5, LARGE, 2))
def test_get_goes_on_where_the_data_line_was_cut(guest, at):
    source = large_file(guest.files / "f")
    guest.qemu.cut("data", to_host=at)
    guest.run("get", source, guest.local, status=3)
    assert not (guest.local / "f").exists()
    guest.run("get", source, guest.local)
    assert (guest.local / "f").read_bytes() == source.read_bytes()
    assert not leftovers(guest.local)


@pytest.mark.parametrize("at", [1, 31, 32, 33, 60, 90, 120, 150, 200, 240])
@pytest.mark.parametrize("direction", ["to_guest", "to_host"])
def test_the_control_line_may_be_cut_at_any_byte(guest, at, direction):
    source = large_file(guest.local / "f", 2 << 20)
    guest.qemu.cut("control", **{direction: at})
    first = guest.run("put", source, guest.files, status=None)
    assert first.returncode in (0, 3)
    guest.qemu.cut("control")
    guest.run("put", source, guest.files)
    assert (guest.files / "f").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_retry_carries_a_tree_over_many_cuts(guest, seed):
    make_tree(guest.local / "tree")
    generator = random.Random(seed)
    command = guest.start("put", "--retry", "1000", guest.local / "tree", guest.files)
    for _ in range(5):
        cuts = sum(line.cuts for line in guest.qemu.lines.values())
        guest.qemu.cut(generator.choice(["data", "control"]),
                       to_guest=generator.randrange(1, 1 << 20))
        while command.poll() is None and cuts == sum(line.cuts
                                                     for line in guest.qemu.lines.values()):
            try:
                command.wait(0.01)
            except Exception:  # noqa: B902 - still running
                pass
    guest.qemu.cut("data")
    guest.qemu.cut("control")
    _, errors = command.communicate(timeout=300)
    assert command.returncode == 0, errors
    files = {path: what for path, what in describe(guest.local / "tree").items()}
    assert {path: what[3] for path, what in describe(guest.files / "tree").items()} == \
        {path: what[3] for path, what in files.items()}
    assert not leftovers(guest.files)


def test_a_partial_copy_that_does_not_fit_is_not_used(guest):
    source = large_file(guest.local / "f")
    guest.qemu.cut("data", to_guest=4 << 20)
    guest.run("put", source, guest.files, status=3)
    (part,) = wait_for_leftovers(guest)
    with open(part, "r+b") as file:
        file.seek(1000)
        file.write(b"damaged")
    done = guest.run("put", source, guest.files, status=5)
    assert "digest differs" in done.stderr
    assert not (guest.files / "f").exists() and not leftovers(guest.files)
    guest.run("put", source, guest.files)
    assert (guest.files / "f").read_bytes() == source.read_bytes()


def wait_for_leftovers(guest):
    """The agent does not see the host go: the next host makes it let go of the file."""
    guest.run("ping")
    return leftovers(guest.files)


def test_a_source_that_changed_is_not_resumed(guest):
    source = large_file(guest.local / "f")
    guest.qemu.cut("data", to_guest=4 << 20)
    guest.run("put", source, guest.files, status=3)
    source.write_bytes(os.urandom(LARGE))
    guest.run("put", source, guest.files)
    assert (guest.files / "f").read_bytes() == source.read_bytes()


def test_no_resume_begins_anew(guest):
    source = large_file(guest.local / "f")
    guest.qemu.cut("data", to_guest=4 << 20)
    guest.run("put", source, guest.files, status=3)
    before = guest.qemu.lines["data"].count_to_guest
    guest.run("put", "--no-resume", source, guest.files)
    assert guest.qemu.lines["data"].count_to_guest - before > LARGE


def test_an_interrupted_get_keeps_what_can_be_resumed(guest):
    source = large_file(guest.files / "f")
    guest.qemu.cut("data", to_host=3 << 20)
    guest.run("get", source, guest.local, status=3)
    assert len(leftovers(guest.local)) == 1
    small = large_file(guest.files / "small", 500_000)
    guest.qemu.cut("data", to_host=300_000)
    guest.run("get", small, guest.local, status=3)
    assert len(leftovers(guest.local)) == 1, "a small file is not worth keeping"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_agent_that_dies_is_noticed_and_its_successor_goes_on(guest, number):
    source = large_file(guest.local / "f", 32 << 20)
    guest.qemu.cut("data", to_guest=8 << 20)  # the host is stopped here, in the middle
    guest.run("put", source, guest.files, status=3)
    guest.stop_agent(number)
    guest.start_agent()
    guest.run("put", source, guest.files)
    assert (guest.files / "f").read_bytes() == source.read_bytes()
    assert not leftovers(guest.files)


def test_an_agent_that_is_restarted_during_a_command_ends_the_command(guest):
    command = guest.start("exec", "--timeout", "6", "sleep", "1000")
    guest.wait_for_log("exec sleep 1000")
    guest.stop_agent(signal.SIGKILL)
    guest.start_agent()
    _, errors = command.communicate(timeout=300)
    assert command.returncode == 125 and b"restarted" in errors


def test_a_host_that_dies_frees_the_agent_for_the_next(guest):
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        logged = len(guest.log)
        command = guest.start("exec", "sh", "-c", "echo ready; exec sleep 1000")
        assert command.stdout.readline() == b"ready\n"
        command.send_signal(number)
        if number == signal.SIGINT:
            assert command.wait(300) == 130
        else:
            command.wait(300)
        guest.run("ping")
        guest.wait_for_log("exec sh", logged)


def test_bytes_of_an_earlier_host_are_skipped(guest):
    """What lies in the ports when a host comes may be anything."""
    generator = random.Random(5)
    import socket
    for name in ("control", "data"):
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as stray:
                stray.connect(str(guest.directory / f"{name}.sock"))
                stray.sendall(generator.randbytes(generator.randrange(1, 100_000)))
    (guest.local / "f").write_bytes(b"x" * 100_000)
    guest.run("put", guest.local / "f", guest.files)
    assert (guest.files / "f").read_bytes() == b"x" * 100_000


def test_ports_that_are_unplugged_and_plugged_again_serve_on(guest):
    for name in ("control", "data"):
        guest.run("exec", "true")
        logged = len(guest.log)
        guest.qemu.unplug(name)
        guest.wait_for_log("waiting for it", logged)
        guest.qemu.plug(name)
        guest.wait_for_log(f"{name} port", logged)
    guest.run("--help")
    guest.run("exec", "-w", "true")


def test_an_agent_waits_for_ports_that_do_not_exist_yet(make_guest):
    guest = make_guest()
    guest.stop_agent()
    guest.qemu.unplug("control")
    guest.qemu.unplug("data")
    logged = len(guest.log)
    guest.start_agent()
    guest.wait_for_log("waiting for it", logged)
    guest.qemu.plug("data")
    guest.qemu.plug("control")
    guest.run("exec", "true")
