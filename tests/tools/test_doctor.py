# SPDX-License-Identifier: GPL-2.0
"""portside doctor on a host: each finding it has, from a host that is so. /dev is
one of the test's own, QEMU's monitor a stand-in. In the guest: tests/vm."""
import fcntl
import json
import os
import socket
import subprocess
import threading

import pytest

from conftest import HOST_PROGRAM, LIMIT


class Host:
    """A host as doctor sees it: QEMU in the PATH, no KVM, no guest, until a test says else."""

    def __init__(self, folder):
        self.folder = folder
        self.run_directory = folder / "run"
        self.run_directory.mkdir(exist_ok=True)
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.cache = folder / "cache"
        self.kvm = ":"
        self.has_qemu()

    def has_qemu(self):
        program = self.programs / "qemu-system-x86_64"
        program.write_text("")
        program.chmod(0o755)

    def verdict(self, word, boot=None):
        """What scripts/guest wrote when it tried KVM."""
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = boot or file.read().strip()
        (self.cache / "portside").mkdir(parents=True)
        (self.cache / "portside" / "kvm-verdict").write_text(f"{boot} {word}\n")

    def doctor(self, *words, status=0):
        environment = {"PATH": str(self.programs), "HOME": "/nowhere",
                       "PORTSIDE_RUN": str(self.run_directory), "XDG_CACHE_HOME": str(self.cache)}
        # /dev is replaced for this process, and access() is not always granted. Who is root
        # needs no user namespace for it; in a chroot there is none, nor is / a mount there.
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        done = subprocess.run(
            ["/usr/bin/unshare", *user, "--mount", "--propagation", "unchanged", "/bin/sh", "-euc",
             "/bin/mount --make-rprivate / 2> /dev/null || /bin/mount --make-rprivate /dev; "
             f"/bin/mount -t tmpfs tmpfs /dev; {self.kvm}; "
             "exec /usr/bin/setpriv --bounding-set -all \"$@\"", "sh",
             str(HOST_PROGRAM), "doctor", *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False,
            env=environment)
        assert status is None or done.returncode == status, \
            (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def findings(self, *words, status=0):
        """{what it is about: finding}, the last of each."""
        lines = self.doctor("--json", *words, status=status).splitlines()
        return {item["about"]: item for item in map(json.loads, lines)
                if item["event"] == "finding"}

    def guest(self, name="one", pid=None):
        folder = self.run_directory / name
        folder.mkdir()
        (folder / "pid").write_text(f"{pid or os.getpid()}\n")
        return folder


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


# ---- QEMU and KVM ----

def test_a_host_that_is_well_gives_status_0(host):
    text = host.doctor()
    assert "BAD" not in text
    assert "ok  qemu: qemu-system-x86_64 is installed" in text
    assert f"none is running (looked in {host.run_directory})" in text
    assert text.splitlines()[-1].startswith("doctor: 0 bad, ")


def test_a_host_without_qemu_is_told_the_package(host):
    (host.programs / "qemu-system-x86_64").unlink()
    found = host.findings(status=1)["qemu"]
    assert found["bad"] and found["text"] == "there is no qemu-system-x86_64"
    assert found["mend"] == "apt-get install qemu-system-x86"


def test_no_kvm_is_no_fault(host):
    found = host.findings()["kvm"]
    assert not found["bad"] and "no /dev/kvm" in found["text"]


def test_kvm_that_one_may_not_use_is_told_with_the_group(host):
    host.kvm = ": > /dev/kvm; /bin/chmod 0 /dev/kvm"
    found = host.findings(status=1)["kvm"]
    assert "you may not use /dev/kvm" in found["text"] and "usermod -aG kvm" in found["mend"]


def test_kvm_that_was_not_tried_is_told_as_that(host):
    host.kvm = ": > /dev/kvm"
    assert "is tried when" in host.findings()["kvm"]["text"]
    host.verdict("tcg", boot="of-another-boot")
    assert "is tried when" in host.findings()["kvm"]["text"]


def test_kvm_that_boots_a_guest_is_told(host):
    host.kvm = ": > /dev/kvm"
    host.verdict("kvm")
    assert "works" in host.findings()["kvm"]["text"]


def test_kvm_that_boots_no_guest_is_bad_though_the_file_is_there(host):
    host.kvm = ": > /dev/kvm"
    host.verdict("tcg")
    found = host.findings(status=1)["kvm"]
    assert "no guest boots with it" in found["text"] and "kvm-verdict" in found["mend"]


# ---- the folders of guests ----

def test_a_run_directory_of_someone_else_is_not_looked_into(host):
    host.run_directory.rmdir()
    host.run_directory.write_text("")
    found = host.findings(status=1)["run directory"]
    assert "is not a directory of yours" in found["text"] and "PORTSIDE_RUN" in found["mend"]


def test_a_folder_that_a_guest_left_is_told_and_the_command_mends_it(host):
    folder = host.guest("it's old", pid=4194304)
    found = host.findings(status=1)["it's old"]
    assert "its QEMU has ended (process 4194304)" in found["text"]
    subprocess.run(["sh", "-euc", found["mend"]], check=True)
    assert not folder.exists()
    host.doctor()


def test_a_guest_that_is_being_started_is_left_alone(host):
    folder = host.run_directory / "new"
    folder.mkdir()
    (folder / "watcher").write_text(f"{os.getpid()}\n")
    found = host.findings()["new"]
    assert not found["bad"] and f"is being started (process {os.getpid()})" in found["text"]
    (folder / "watcher").write_text("4194304\n")
    assert host.findings(status=1)["new"]["bad"]


def test_a_running_guest_is_told_with_its_process(host):
    host.guest("alive")
    assert host.findings()["alive"]["bad"] is False
    assert f"ok  alive: running, process {os.getpid()}" in host.doctor()


def test_who_has_the_guest_is_told(host):
    folder = host.guest("taken")
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 123")
        lock.flush()
        text = host.doctor(status=1)
        assert "BAD taken: its agent serves another host command: process 123\n" \
            "    to mend it: wait for it, or give your command --wait" in text
    assert "another host command" not in host.doctor()


# ---- QEMU's monitor ----

class Monitor(threading.Thread):
    """Answers what portside asks QEMU; serves one client after the other."""

    def __init__(self, path, devices):
        super().__init__(daemon=True)
        self.devices = devices  # {id: (type, {property: value})}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.start()

    def answer(self, request):
        arguments = request.get("arguments", {})
        if request["execute"] == "qom-list":
            folder = arguments["path"]
            return {"return": [{"name": name, "type": f"child<{kind}>"}
                               for name, (kind, _) in self.devices.items()]
                    if folder == "/machine/peripheral" else []}
        if request["execute"] == "qom-get":
            _, properties = self.devices.get(arguments["path"].split("/")[-1], ("", {}))
            if arguments["property"] in properties:
                return {"return": properties[arguments["property"]]}
            return {"error": {"class": "GenericError", "desc": "no such property"}}
        return {"return": [] if request["execute"] == "query-chardev" else {}}

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, client.makefile("rw") as stream:
                stream.write('{"QMP": {}}\n')
                stream.flush()
                for line in stream:
                    stream.write(json.dumps(self.answer(json.loads(line))) + "\n")
                    stream.flush()


def test_a_port_without_a_chardev_is_told_with_its_name(host):
    folder = host.guest("odd")
    Monitor(folder / "qmp.sock", {
        "p1": ("virtserialport", {"name": "loose", "nr": 1, "chardev": ""}),
        "p2": ("virtserialport", {"name": "fine", "nr": 2, "chardev": "c2"})})
    text = host.doctor(status=1)
    assert "BAD odd: virtserialport loose has no chardev: nothing can be sent to it\n" \
        "    to mend it: give the -device chardev=ID" in text
    assert "fine" not in text


def test_a_monitor_that_another_program_has_is_no_fault(host):
    folder = host.guest("watched")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "qmp.sock"))
        listener.listen(8)
        assert "another program is connected to it" in host.doctor()


# ---- the guest's own doctor, by its agent ----

@pytest.fixture
def asked(make_guest, tmp_path):
    """A host with a guest that has this portside program, a shell script."""
    def make(script):
        programs = tmp_path / "guest-bin"
        programs.mkdir()
        if script is not None:
            (programs / "portside").write_text(f"#!/bin/sh\n{script}\n")
            (programs / "portside").chmod(0o755)
        guest = make_guest(environment={"PATH": f"{programs}"})
        (guest.directory / "pid").write_text(f"{os.getpid()}\n")
        host = Host(tmp_path)
        host.name = guest.directory.name
        return host
    return make


def test_what_the_guest_finds_is_told_with_its_name_and_counted(asked):
    host = asked("""
        [ "$*" = "doctor --here --json" ] || exit 9
        echo '{"event":"finding","bad":false,"about":"agent","text":"it has its ports"}'
        echo '{"event":"finding","bad":true,"about":"links","text":"a","mend":"ln -s x y"}'
        echo '{"event":"doctor","bad":1,"good":1}'
        exit 1""")
    text = host.doctor(status=1)
    assert f"ok  {host.name}: agent: it has its ports\n" in text
    assert f"BAD {host.name}: links: a\n    to mend it: ln -s x y\n" in text
    assert "doctor: 1 bad, " in text
    assert host.findings(status=1)["links"]["guest"] == host.name
    quiet = host.doctor("-q", status=1)
    assert quiet == f"BAD {host.name}: links: a\n    to mend it: ln -s x y\n"


@pytest.mark.parametrize("script", ["echo nonsense", "exit 0", "echo '{\"event\":\"finding\"'"])
def test_an_answer_that_is_none_of_doctor_s_is_told(asked, script):
    found = asked(script).findings(status=1)["agent"]
    assert "is not what \"portside doctor --here --json\" prints" in found["text"]


def test_control_characters_of_a_guest_do_not_reach_the_terminal(asked):
    text = asked(r"""printf '{"event":"finding","bad":true,"about":"x","text":"\\u001b[2Jhm"}\n'""") \
        .doctor(status=1)
    assert "\x1b" not in text and "hm" in text


def test_a_guest_without_the_program_is_told(asked):
    found = asked(None).findings(status=1)["agent"]
    assert found["bad"] and "portside" in found["text"]


def test_a_guest_whose_agent_is_not_there_is_told_the_console(host):
    host.guest("deaf")
    found = host.findings("-g", "deaf", "--timeout", "5", status=1)["agent"]
    assert found["mend"] == 'log in on a console and run "portside doctor --here"'


def test_a_name_that_is_no_guest_s_is_told(host):
    assert host.findings("-g", "../x", status=1)["../x"]["bad"]


def test_an_argument_is_refused(host):
    assert host.doctor("word", status=2) == ""
