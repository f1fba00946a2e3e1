# SPDX-License-Identifier: GPL-2.0
"""exec and shell: streams, exit status, signals, terminals."""
import fcntl
import os
import signal
import struct
import subprocess
import termios

import pexpect
import pytest

from conftest import HOST_PROGRAM, LIMIT


def test_stdout_and_stderr_are_kept_apart(guest):
    done = guest.run("exec", "sh", "-c", "echo out; echo err >&2")
    assert (done.stdout, done.stderr) == ("out\n", "err\n")


@pytest.mark.parametrize("status", [0, 1, 3, 125, 255])
def test_the_exit_status_is_the_commands(guest, status):
    guest.run("exec", "sh", "-c", f"exit {status}", status=status)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_signal_becomes_128_and_its_number(guest, number):
    guest.run("exec", "sh", "-c", f"kill -{int(number)} $$", status=128 + number)


def test_a_command_that_does_not_exist_gives_127(guest):
    done = guest.run("exec", "no-such-command", status=127)
    assert "guest: no-such-command: No such file" in done.stderr


def test_a_command_that_cannot_be_run_gives_126(guest):
    (guest.files / "data").write_text("not a program")
    done = guest.run("exec", str(guest.files / "data"), status=126)
    assert "Permission denied" in done.stderr


def test_portsides_own_failure_gives_125(guest):
    guest.run("exec", "-g", "nobody", "true", status=125)
    guest.run("exec", status=125)
    guest.run("exec", "--no-such-option", "true", status=125)
    guest.run("exec", "-C", "/no/such/directory", "true", status=125)


def test_arguments_arrive_as_they_are(guest):
    arguments = ["", "a b", "*", "$HOME", "'\"\\", "ü", os.fsdecode(b"\xff"), "-n", "--"]
    done = guest.run("exec", "printf", "[%s]", *arguments, text=False)
    assert done.stdout == b"".join(b"[" + os.fsencode(a) + b"]" for a in arguments)


def test_directory_and_environment_are_set(guest):
    done = guest.run("exec", "-C", str(guest.files), "-e", "A=1 2", "-e", "B=", "sh", "-c",
                     'pwd; echo "$A|$B"')
    assert done.stdout == f"{guest.files}\n1 2|\n"


def test_stdin_reaches_the_command_to_its_end(guest):
    content = os.urandom(3_000_000)
    assert guest.run("exec", "cat", input=content, text=False).stdout == content


def test_stdin_may_be_a_file(guest):
    (guest.local / "in").write_bytes(b"content")
    with open(guest.local / "in", "rb") as file:
        assert guest.run("exec", "cat", stdin=file).stdout == "content"


def test_without_stdin_the_command_sees_its_end_at_once(guest):
    assert guest.run("exec", "-n", "wc", "-c", input="ignored").stdout.strip() == "0"


def test_a_command_that_does_not_read_its_stdin_ends_all_the_same(guest):
    guest.run("exec", "true", input=b"x" * 5_000_000, text=False)
    guest.run("exec", "head", "-c", "10", input=b"x" * 5_000_000, text=False)


def test_large_output_arrives_whole_before_the_exit(guest):
    done = guest.run("exec", "sh", "-c", "head -c 20000000 /dev/zero; exit 7", status=7, text=False)
    assert done.stdout == bytes(20_000_000)


def test_output_goes_on_after_stdin_has_ended(guest):
    done = guest.run("exec", "sh", "-c", "cat >/dev/null; echo later", input="x")
    assert done.stdout == "later\n"


def test_a_reader_that_leaves_ends_the_command(guest):
    command = guest.start("exec", "yes")
    assert command.stdout.read(2) == b"y\n"
    command.stdout.close()
    assert command.wait(LIMIT) == 128 + signal.SIGPIPE
    guest.run("ping")


def test_a_slow_reader_holds_the_writer_up(guest):
    """The agent passes on what is taken: a gigabyte is not buffered anywhere."""
    command = guest.start("exec", "sh", "-c", "head -c 1000000000 /dev/zero; echo done >&2")
    assert command.stdout.read(1000) == bytes(1000)
    guest.wait_for_log("exec")
    assert command.poll() is None
    assert guest.qemu.lines["data"].count_to_host < 50_000_000
    command.kill()
    command.communicate()


def test_interrupt_is_passed_to_the_command(guest):
    command = guest.start("exec", "sh", "-c",
                          "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done")
    assert command.stdout.readline() == b"ready\n"
    command.send_signal(signal.SIGINT)
    assert command.stdout.readline() == b"caught\n"
    assert command.wait(LIMIT) == 9


def test_the_third_interrupt_ends_us(guest):
    command = guest.start("exec", "sh", "-c",
                          "trap 'echo caught' INT; echo ready; while :; do sleep 0.1; done")
    assert command.stdout.readline() == b"ready\n"
    for _ in range(2):
        command.send_signal(signal.SIGINT)
        assert command.stdout.readline() == b"caught\n"
    command.send_signal(signal.SIGINT)
    assert command.wait(LIMIT) == 130


def test_a_command_is_hung_up_when_its_host_goes(guest):
    told = guest.files / "told"
    # The shell would tell of the hang-up on its stderr, which is gone by then.
    command = guest.start("exec", "sh", "-c",
                          f"exec 2>/dev/null; trap 'echo hup >{told}; exit' HUP; echo ready;"
                          f" while :; do sleep 0.1; done")
    assert command.stdout.readline() == b"ready\n"
    command.kill()
    command.wait(LIMIT)
    guest.run("ping")
    guest.run("exec", "sh", "-c", f"until grep -q hup {told}; do sleep 0.1; done")


def test_a_background_process_does_not_hold_the_command_up(guest):
    done = guest.run("exec", "sh", "-c", "sleep 1000 & echo $!; exit 4", status=4)
    guest.run("exec", "kill", done.stdout.strip())


def spawn(guest, *arguments, **options):
    child = pexpect.spawn(str(HOST_PROGRAM), list(map(str, arguments)), env=guest.environment(),
                          timeout=LIMIT, encoding="utf-8", **options)
    return child


def test_a_terminal_has_our_size_and_follows_it(guest):
    child = spawn(guest, "exec", "-t", "sh", "-c",
                  "stty size; trap 'stty size' WINCH; echo ready; read x; exit 5",
                  dimensions=(31, 97))
    child.expect("31 97")
    child.expect("ready")
    child.setwinsize(40, 120)
    child.expect("40 120")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5


def test_on_a_terminal_control_c_is_a_key(guest):
    child = spawn(guest, "exec", "-t", "sh", "-c",
                  "trap 'echo caught; exit 6' INT; echo ready; while :; do sleep 0.1; done")
    child.expect("ready")
    child.sendintr()
    child.expect("caught")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 6


def test_the_last_output_of_a_terminal_is_not_lost(guest):
    for _ in range(20):
        child = spawn(guest, "exec", "-t", "sh", "-c", "seq 1 2000; echo the end")
        child.expect("1999\r\n2000\r\nthe end\r\n")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0


def test_tilde_dot_is_the_way_out(guest):
    child = spawn(guest, "exec", "-t", "cat")
    child.send("hello\r")
    child.expect("hello")
    child.send("~.")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 125


def test_our_terminal_is_put_back(guest):
    leader, follower = os.openpty()
    before = termios.tcgetattr(follower)
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    subprocess.run([HOST_PROGRAM, "exec", "-t", "true"], stdin=follower, env=guest.environment(),
                   stdout=subprocess.DEVNULL, check=True, timeout=LIMIT)
    assert termios.tcgetattr(follower) == before
    os.close(leader)
    os.close(follower)


def test_shell_runs_what_it_is_given(guest):
    done = guest.run("shell", input="echo hello; exit 3\n", status=3)
    assert done.stdout == "hello\n"


def test_shell_on_a_terminal_is_interactive(guest):
    child = spawn(guest, "shell")
    child.sendline("echo $((6*7)) $TERM; exit 2")
    child.expect("42 ")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
