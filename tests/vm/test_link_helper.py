# SPDX-License-Identifier: GPL-2.0
"""udev/portside-links on the host: the cleaning of names against the table of
vectors, and events against a made-up /sys. No guest is booted."""

import subprocess
from pathlib import Path

import pytest

from harness import vectors

HELPER = Path(__file__).resolve().parents[2] / "udev" / "portside-links"
NAMED = [v for v in vectors.read() if v.name is not None]


@pytest.fixture(scope="session", params=["dash", "busybox"])
def shell(request, tmp_path_factory):
    """How to run the helper: by dash and this system's tools, or by busybox
    alone. Words of the command and the PATH."""
    if request.param == "dash":
        return ["dash"], "/usr/bin:/bin"
    applets = tmp_path_factory.mktemp("applets")
    subprocess.run(["busybox", "--install", "-s", str(applets)], check=True)
    return ["busybox", "sh"], str(applets)


@pytest.mark.parametrize("vector", NAMED, ids=[repr(v.name)[1:40] for v in NAMED])
def test_a_name_is_cleaned_as_the_table_says(shell, vector):
    words, path = shell
    output = subprocess.run([*words, HELPER, "--clean"], input=vector.name, check=True,
                            capture_output=True, env={"PATH": path}).stdout
    assert output == (vector.link or b"") + b"\n"


class Machine:
    """A /dev, a /sys and the helper's notes in a folder of their own."""

    def __init__(self, shell, folder):
        self.words, path = shell
        self.dev, self.sys, self.notes = folder / "dev", folder / "sys", folder / "notes"
        self.dev.mkdir()
        self.env = {"PATH": path, "PORTSIDE_DEV": str(self.dev), "PORTSIDE_SYS": str(self.sys),
                    "PORTSIDE_LINKS": str(self.notes)}
        self.number = 100

    def port(self, node, name=None):
        folder = self.sys / "class" / "virtio-ports" / node
        folder.mkdir(parents=True, exist_ok=True)
        (self.dev / node).touch()
        if name is not None:
            (folder / "name").write_text(name + "\n")

    def gone(self, node):
        for file in (self.sys / "class" / "virtio-ports" / node).iterdir():
            file.unlink()
        (self.sys / "class" / "virtio-ports" / node).rmdir()
        (self.dev / node).unlink()

    def start(self, action, node, **environment):
        self.number += 1
        return subprocess.Popen(
            [*self.words, HELPER], stderr=subprocess.PIPE, text=True,
            env={**self.env, "ACTION": action, "SUBSYSTEM": "virtio-ports", "DEVNAME": node,
                 "DEVPATH": f"/devices/virtio0/virtio-ports/{node}",
                 "SEQNUM": str(self.number), **environment})

    def event(self, action, node, **environment):
        process = self.start(action, node, **environment)
        self.complaint = process.communicate()[1]
        return process.returncode

    def links(self):
        """{link: node} of everything below /dev/virtio-ports."""
        top = self.dev / "virtio-ports"
        return {str(path.relative_to(top)): path.resolve().name
                for path in top.rglob("*") if path.is_symlink()}


@pytest.fixture
def machine(shell, tmp_path):
    return Machine(shell, tmp_path)


def test_a_name_that_comes_with_change_makes_the_link_then(machine):
    machine.port("vport0p1")
    machine.event("add", "vport0p1")
    assert machine.links() == {}
    machine.port("vport0p1", "org.late")
    machine.event("change", "vport0p1")
    assert machine.links() == {"org.late": "vport0p1"}


def test_a_name_in_the_event_is_enough(machine):
    machine.port("vport0p1")
    machine.event("add", "vport0p1", VIRTIO_PORT_NAME="org.early")
    assert machine.links() == {"org.early": "vport0p1"}


def test_remove_takes_the_link_and_its_empty_folders_away(machine):
    machine.port("vport0p1", "some/where/port")
    machine.port("vport0p2", "some/other")
    machine.event("add", "vport0p1")
    machine.event("add", "vport0p2")
    machine.gone("vport0p1")
    machine.event("remove", "vport0p1")
    assert machine.links() == {"some/other": "vport0p2"}
    assert not (machine.dev / "virtio-ports" / "some" / "where").exists()
    machine.gone("vport0p2")
    machine.event("remove", "vport0p2")
    assert list((machine.dev / "virtio-ports").iterdir()) == []


def test_of_two_ports_with_one_link_the_latest_event_has_it(machine):
    machine.port("vport0p1", "a b")
    machine.port("vport0p2", "a_b")
    machine.event("add", "vport0p1")
    machine.event("add", "vport0p2")
    assert machine.links() == {"a_b": "vport0p2"}
    machine.event("change", "vport0p1")
    assert machine.links() == {"a_b": "vport0p1"}


def test_the_other_holder_gets_the_link_back(machine):
    for number, name in enumerate(["same", "/same", "//same"], 1):
        machine.port(f"vport0p{number}", name)
        machine.event("add", f"vport0p{number}")
    for gone, left in ((3, 2), (2, 1)):
        machine.gone(f"vport0p{gone}")
        machine.event("remove", f"vport0p{gone}")
        assert machine.links() == {"same": f"vport0p{left}"}


def test_removing_a_port_that_lost_its_link_changes_nothing(machine):
    machine.port("vport0p1", "a b")
    machine.port("vport0p2", "a_b")
    machine.event("add", "vport0p1")
    machine.event("add", "vport0p2")
    machine.gone("vport0p1")
    machine.event("remove", "vport0p1")
    assert machine.links() == {"a_b": "vport0p2"}


def test_a_port_that_comes_back_under_another_name_leaves_no_old_link(machine):
    machine.port("vport0p1", "before")
    machine.event("add", "vport0p1")
    machine.port("vport0p1", "after")
    machine.event("change", "vport0p1")
    assert machine.links() == {"after": "vport0p1"}


def test_a_link_in_the_way_of_a_folder_is_kept_and_said(machine):
    machine.port("vport0p1", "a")
    machine.port("vport0p2", "a/b")
    machine.event("add", "vport0p1")
    assert machine.event("add", "vport0p2") != 0
    assert "in the way" in machine.complaint
    assert machine.links() == {"a": "vport0p1"}


def test_a_folder_in_the_way_of_a_link_is_kept_and_said(machine):
    machine.port("vport0p1", "a/b")
    machine.port("vport0p2", "a")
    machine.event("add", "vport0p1")
    assert machine.event("add", "vport0p2") != 0
    assert "folder" in machine.complaint
    assert machine.links() == {"a/b": "vport0p1"}


def test_nodes_of_other_names_are_left_alone(machine):
    machine.port("vport0p1", "x")
    for node in ("null", "vportx", "vport0p1;x", "vport0p1 vport0p2"):
        machine.event("add", node, VIRTIO_PORT_NAME="x")
    assert machine.links() == {}


def test_a_scan_finds_what_is_there_and_forgets_what_is_not(machine):
    machine.port("vport0p1", "stays")
    machine.port("vport0p2", "goes")
    machine.event("add", "vport0p1")
    machine.event("add", "vport0p2")
    machine.gone("vport0p2")
    machine.port("vport1p1", "new")
    subprocess.run([*machine.words, HELPER, "--scan"], check=True, env=machine.env)
    assert machine.links() == {"stays": "vport0p1", "new": "vport1p1"}


def test_helpers_that_run_at_the_same_time_agree_on_the_latest(machine):
    # As under the kernel's own helper, where nothing puts the events in a row.
    for number in range(1, 9):
        machine.port(f"vport0p{number}", "/" * number + "same")
    running = [machine.start("add", f"vport0p{number}") for number in range(1, 9)]
    for process in running:
        assert process.wait() == 0, process.stderr.read()
    assert machine.links() == {"same": "vport0p8"}
