# SPDX-License-Identifier: GPL-2.0
"""Finding a guest, keeping others away, waiting, and saying what is wrong."""
import os
import signal
import socket
import subprocess

import pytest

from conftest import HOST_PROGRAM, LIMIT


def test_ping_tells_who_answers(guest):
    done = guest.run("ping")
    assert done.stdout.startswith(f"Guest is up: {os.uname().nodename}, Linux {os.uname().release}")
    about = guest.json("ping")[0]
    assert about["event"] == "up" and about["kernel"] == os.uname().release


def run(environment, *arguments):
    return subprocess.run([HOST_PROGRAM, *arguments], env=dict(os.environ, **environment),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT, check=False)


def test_no_guest_is_said_with_the_place_that_was_looked_at(tmp_path):
    done = run({"PORTSIDE_RUN": str(tmp_path)}, "ping")
    assert done.returncode == 3 and f"no guest is running (looked in {tmp_path})" in done.stderr


def test_without_portside_run_the_users_runtime_directory_is_used(tmp_path):
    done = run({"PORTSIDE_RUN": "", "XDG_RUNTIME_DIR": str(tmp_path)}, "ping")
    assert f"{tmp_path}/portside" in done.stderr
    done = run({"PORTSIDE_RUN": "", "XDG_RUNTIME_DIR": ""}, "ping")
    assert f"/tmp/portside-{os.getuid()}" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a directory away takes root")
def test_a_run_directory_of_another_user_is_not_trusted(tmp_path):
    run_directory = tmp_path / "run"
    run_directory.mkdir()
    os.chown(run_directory, 12345, 12345)
    done = run({"PORTSIDE_RUN": str(run_directory)}, "ping")
    assert done.returncode == 3 and "not a directory of yours" in done.stderr


def test_of_several_guests_one_must_be_chosen(make_guest):
    first, _ = make_guest(), make_guest()
    done = first.run("ping", status=2)
    assert "guest0" in done.stderr and "guest1" in done.stderr
    first.run("ping", "-g", "guest1")


def test_a_guest_whose_process_has_ended_is_not_running(make_guest):
    first, second = make_guest(), make_guest()
    ended = subprocess.Popen(["true"])
    ended.wait()
    (second.directory / "pid").write_text(str(ended.pid))
    first.run("ping")


def test_addresses_may_be_given_instead(guest):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    relay = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1",
                              f"UNIX-CONNECT:{guest.directory}/control.sock"])
    guest.run("ping", "-w", "--control", f"tcp:127.0.0.1:{port}")
    relay.wait(LIMIT)
    guest.run("exec", "--control", f"unix:{guest.directory}/control.sock",
              "--data", f"unix:{guest.directory}/data.sock", "true")


def test_an_address_nobody_listens_at_is_named(guest):
    done = guest.run("ping", "--control", "unix:/no/such/socket", status=3)
    assert "unix:/no/such/socket: No such file" in done.stderr
    guest.run("ping", "--control", "tcp:127.0.0.1:1", status=3)
    guest.run("ping", "--control", "tcp:", status=3)


def test_a_second_command_is_refused_while_one_is_served(guest):
    first = guest.start("exec", "sh", "-c", "echo ready; exec cat", stdin=subprocess.PIPE)
    assert first.stdout.readline() == b"ready\n"
    done = guest.run("ping", status=8)
    assert f"process {first.pid}" in done.stderr
    waiting = guest.start("ping", "--wait")
    first.communicate(b"", timeout=LIMIT)
    assert first.returncode == 0
    assert waiting.wait(LIMIT) == 0


def test_a_guest_without_an_agent_is_told(guest):
    guest.stop_agent()
    done = guest.run("ping", "--timeout", "1", status=3)
    assert "does not answer: is the agent running in it" in done.stderr


def test_ping_waits_for_an_agent_that_is_still_starting(guest):
    guest.stop_agent()
    command = guest.start("ping")
    guest.start_agent()
    assert command.wait(LIMIT) == 0


def test_wait_waits_for_the_guest_itself(make_guest, tmp_path):
    command = subprocess.Popen([HOST_PROGRAM, "ping", "--wait"], stdout=subprocess.PIPE,
                               env=dict(os.environ, PORTSIDE_RUN=str(tmp_path / "run")))
    guest = make_guest()
    assert command.wait(LIMIT) == 0
    guest.run("ping")


def test_swapped_ports_are_told(guest):
    done = guest.run("ping", "--control", f"unix:{guest.directory}/data.sock", status=4)
    assert "swapped" in done.stderr


def test_an_agent_that_is_told_to_stop_stops(guest):
    for number in (signal.SIGTERM, signal.SIGINT):
        guest.run("ping")
        assert guest.stop_agent(number) == 0
        guest.start_agent()


def test_an_agent_on_inherited_descriptors_ends_with_them():
    ours, theirs = zip(*(socket.socketpair() for _ in range(2)))
    agent = subprocess.Popen(
        [HOST_PROGRAM, "agent", "--control", f"fd:{theirs[0].fileno()}",
         "--data", f"fd:{theirs[1].fileno()}"],
        pass_fds=[side.fileno() for side in theirs], stderr=subprocess.PIPE)
    assert b"is open" in agent.stderr.readline()
    for side in theirs:
        side.close()
    for side in ours:
        side.close()
    assert agent.wait(LIMIT) == 0


def test_an_agent_serves_on_a_character_device(make_guest):
    """On a pty: a tty as a port carries every byte as it is, and stays open between hosts."""
    guest = make_guest(pty=True)
    content = bytes(range(256)) * 4000
    (guest.local / "f").write_bytes(content)
    for _ in range(3):
        guest.run("put", guest.local / "f", guest.files)
        guest.run("get", guest.files / "f", guest.local / "g")
        assert (guest.local / "g").read_bytes() == content
        assert guest.run("exec", "cat", input=content, text=False).stdout == content


@pytest.mark.parametrize("command", ["put", "get", "exec", "shell", "ping", "shutdown", "reboot",
                                     "agent"])
def test_help_fits_a_screen(command):
    done = run({}, command, "--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"usage: portside {command}")
    assert len(lines) <= 24 and max(map(len, lines)) <= 80


def test_mistakes_on_the_command_line_give_status_2():
    for arguments in ([], ["nonsense"], ["put"], ["put", "a"], ["get"], ["ping", "x"],
                      ["put", "--digest", "md5", "a", "b"], ["ping", "--timeout", "-1"],
                      ["ping", "-g", "../x"], ["ping", "--data", "unix:x"], ["agent", "x"]):
        done = run({"PORTSIDE_RUN": "/nonexistent"}, *arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert done.stderr


def test_the_version_is_told():
    assert run({}, "--version").stdout.startswith("portside ")
