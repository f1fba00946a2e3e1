# SPDX-License-Identifier: GPL-2.0
"""portside exec and its kin with a real guest: statuses, streams, terminals,
policies, hostile peers, and the guest's end from outside."""

import random
import signal

import pexpect
import pytest

from harness.portside import LIMIT, PROGRAM, Portside

POLICY_PORTS = ["--port", "policy.control", "--port", "policy.data"]


@pytest.fixture(scope="module")
def guest(boot):
    return boot("exec", POLICY_PORTS, agent=True)


@pytest.fixture(scope="module")
def portside(guest):
    return Portside(guest)


# ---- commands ----

def test_ping_tells_who_answers(portside, guest):
    told, = portside.json("ping")
    assert told["kernel"] == guest.check("uname -r")
    assert told["policy"] == []


@pytest.mark.parametrize("status", [0, 3, 255])
def test_the_exit_status_is_the_commands(portside, status):
    done = portside.run("exec", "sh", "-c", f"echo out; echo err >&2; exit {status}",
                        status=status)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")


def test_a_signal_that_ends_a_command_is_told(portside):
    portside.run("exec", "sh", "-c", "kill -TERM $$", status=128 + signal.SIGTERM)


def test_a_stream_goes_through_a_command_and_back(portside):
    content = random.Random(1).randbytes(5_000_000)
    assert portside.run("exec", "cat", input=content, text=False).stdout == content


def test_shell_runs_what_is_on_its_standard_input(portside):
    assert portside.run("shell", input="echo $((6 * 7)); exit 4\n", status=4).stdout == "42\n"


# ---- terminals ----

@pytest.fixture
def terminal(portside):
    children = []

    def start(*command, **options):
        words = portside.words("exec", "-t", *command)
        child = pexpect.spawn(words[0], words[1:], env=portside.environment, timeout=LIMIT,
                              encoding="utf-8", **options)
        child.delaybeforesend = None
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def test_a_terminal_has_our_size_and_follows_it(terminal):
    child = terminal("sh", "-c", "stty size; trap 'stty size; exit 5' WINCH; echo ready; "
                     "while :; do read line; done", dimensions=(31, 97))
    child.expect("31 97")
    child.expect("ready")
    child.setwinsize(40, 120)
    child.expect("40 120")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5


def test_control_c_on_a_terminal_is_a_key_of_the_guest(terminal, portside):
    child = terminal("sh", "-c", "trap 'echo caught; exit 6' INT; echo ready; "
                     "while :; do read line; done")
    child.expect("ready")
    child.sendintr()
    child.expect("caught")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 6
    portside.run("ping")


# ---- one host at a time, hostile hosts ----

def test_a_second_host_is_told_who_has_the_guest(portside):
    first = portside.start("exec", "sh", "-c", "echo ready; read line", stdin=-1)
    assert first.stdout.readline() == b"ready\n"
    done = portside.run("exec", "true", status=125)
    assert f"process {first.pid}" in done.stderr
    first.communicate(b"go on\n")
    assert first.returncode == 0


def test_noise_on_the_ports_harms_nothing(portside, guest):
    generator = random.Random(7)
    for name in ("control.sock", "data.sock"):
        for size in (1, 31, 32, 33, 4096, 1_000_000):
            line = guest.socket(name)
            line.sendall(b"\x89PSD\x01" + generator.randbytes(size))
            line.close()
        portside.run("ping")
    assert portside.run("exec", "echo", "fine").stdout == "fine\n"


def test_a_frame_with_a_wrong_length_ends_the_session_only(portside, guest):
    hello = b"\x89PSD" + b"\x01\x01\x00\x00" + b"\0" * 8 + b"\xff\xff\xff\xff" + b"\0" * 12
    for _ in range(20):
        line = guest.socket("control.sock")
        line.sendall(hello)
        line.close()
    portside.run("ping")


# ---- policies ----

@pytest.fixture
def agent(guest):
    """Starts another agent, on ports of its own, with options."""
    def start(*options):
        guest.check("portside agent --control /dev/virtio-ports/policy.control "
                    f"--data /dev/virtio-ports/policy.data {' '.join(options)} "
                    "> /tmp/policy.log 2>&1 & echo $! > /tmp/policy.pid")
        return Portside(guest, f"unix:{guest.run_folder}/policy.control.sock",
                        f"unix:{guest.run_folder}/policy.data.sock")

    yield start
    guest.check("kill $(cat /tmp/policy.pid)")
    guest.until("! kill -0 $(cat /tmp/policy.pid) 2> /dev/null")


def test_a_read_only_agent_only_gives(agent, guest, tmp_path):
    portside = agent("--read-only")
    (tmp_path / "f").write_text("f")
    guest.check("echo given > /tmp/given")
    portside.run("get", "/tmp/given", tmp_path)
    assert (tmp_path / "given").read_text() == "given\n"
    for command in (["put", tmp_path / "f", "/tmp/f"], ["shutdown"], ["reboot"]):
        assert "read-only" in portside.run(*command, status=6).stderr
    assert "--read-only" in portside.run("exec", "touch", "/tmp/f", status=125).stderr
    assert guest.run("test -e /tmp/f").status == 1


def test_an_agent_without_exec_takes_files_but_runs_nothing(agent, guest, tmp_path):
    portside = agent("--no-exec")
    (tmp_path / "f").write_text("f")
    portside.run("put", tmp_path / "f", "/tmp/taken")
    portside.run("exec", "touch", "/tmp/run", status=125)
    assert guest.run("test -e /tmp/taken").status == 0
    assert guest.run("test -e /tmp/run").status == 1
    assert portside.json("ping")[0]["policy"] == ["no-exec"]


def test_the_agent_says_who_asked(agent, guest):
    portside = agent()
    portside.run("exec", "true")
    assert "exec true" in guest.until("grep 'exec true' /tmp/policy.log")
    assert "portside" in guest.check("grep 'exec true' /tmp/policy.log")


# ---- the end ----

def test_zz_shutdown_ends_the_guest_in_order(portside, guest):
    """The last: there is no guest after it."""
    assert PROGRAM.exists()
    portside.run("shutdown")
    assert guest.wait_end() == 0
    assert "GUEST_PANICKED" not in [event["event"] for event in guest.qmp.events]
