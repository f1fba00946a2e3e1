# SPDX-License-Identifier: GPL-2.0
"""What an agent may be told not to do."""
import os


def test_a_read_only_agent_gives_and_takes_nothing(make_guest):
    guest = make_guest("--read-only")
    (guest.files / "f").write_text("f")
    (guest.local / "g").write_text("g")
    guest.run("get", guest.files / "f", guest.local)
    for command in (["put", guest.local / "g", guest.files], ["shutdown"], ["reboot"]):
        done = guest.run(*command, status=6)
        assert "read-only" in done.stderr
    assert "--read-only" in guest.run("exec", "true", status=125).stderr
    assert os.listdir(guest.files) == ["f"]


def test_an_agent_without_exec_runs_nothing(make_guest):
    guest = make_guest("--no-exec")
    guest.run("exec", "touch", guest.files / "x", status=125)
    guest.run("shell", status=125, input="true\n")
    (guest.local / "g").write_text("g")
    guest.run("put", guest.local / "g", guest.files)
    assert os.listdir(guest.files) == ["g"]


def test_ping_tells_the_policy(make_guest):
    guest = make_guest("--read-only", "--no-exec")
    assert "read-only, no-exec" in guest.run("ping").stdout
    assert guest.json("ping")[0]["policy"] == ["read-only", "no-exec"]


def confined(make_guest, tmp_path):
    jail = tmp_path / "jail"
    (jail / "in").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path / "secret", jail / "absolute")
    os.symlink("../secret", jail / "relative")
    os.symlink("..", jail / "up")
    return make_guest("--root", str(jail)), jail


def test_a_confined_agent_reads_nothing_outside(make_guest, tmp_path):
    guest, _ = confined(make_guest, tmp_path)
    for path in ("/etc/passwd", "../secret", "/../secret", "absolute", "relative", "up/secret",
                 str(tmp_path / "secret"), "/proc/self/root/etc/passwd"):
        guest.run("get", path, guest.local / "got", status=6)
        assert not (guest.local / "got").exists()


def test_a_confined_agent_writes_nothing_outside(make_guest, tmp_path):
    guest, jail = confined(make_guest, tmp_path)
    before = sorted(os.listdir(tmp_path))
    (guest.local / "f").write_text("f")
    guest.run("put", guest.local / "f", "up/f")
    assert (jail / "f").read_text() == "f", "the root's parent is the root"
    guest.run("put", "-p", guest.local / "f", "../../x/y/f")
    assert (jail / "x/y/f").read_text() == "f"
    guest.run("put", guest.local / "f", tmp_path / "g", status=6)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_confined_agent_runs_nothing(make_guest, tmp_path):
    guest, _ = confined(make_guest, tmp_path)
    guest.run("exec", "true", status=125)


def test_the_log_says_who_asked_for_what(guest):
    guest.run("exec", "echo", "bad\033[2Jname")
    guest.wait_for_log("process")
    text = "".join(guest.log)
    assert "exec echo bad\\x1b[2Jname" in text and "\033" not in text


def test_shutdown_and_reboot_run_the_guests_own_programs(make_guest, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    told = tmp_path / "told"
    for name in ("poweroff", "reboot"):
        (programs / name).write_text(f"#!/bin/sh\necho {name} >> {told}\n")
        (programs / name).chmod(0o755)
    guest = make_guest(environment={"PATH": f"{programs}:/usr/bin:/bin"})
    assert guest.run("shutdown", "--no-wait").stdout == "Guest is going down\n"
    assert guest.run("reboot").stdout == "Guest is restarting\n"
    guest.run("exec", "sh", "-c", f"until [ $(wc -l < {told}) = 2 ]; do sleep 0.1; done")
    assert sorted(told.read_text().split()) == ["poweroff", "reboot"]


def test_shutdown_waits_until_qemu_has_ended(make_guest, tmp_path):
    guest = make_guest(environment={"PATH": str(tmp_path)})
    command = guest.start("shutdown")
    guest.wait_for_log("cannot run poweroff")
    assert command.poll() is None
    guest.qemu.end_host("control")
    out, _ = command.communicate(timeout=300)
    assert command.returncode == 0 and out == b"Guest is down\n"


def test_reboot_with_wait_ends_when_another_agent_answers(make_guest, tmp_path):
    guest = make_guest(environment={"PATH": str(tmp_path)})
    command = guest.start("reboot", "--wait")
    guest.wait_for_log("cannot run reboot")
    guest.run("ping", "-w")
    assert command.poll() is None
    guest.stop_agent()
    guest.start_agent()
    assert command.wait(300) == 0
