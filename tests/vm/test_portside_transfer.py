# SPDX-License-Identifier: GPL-2.0
"""portside put and get with a real guest: both ways, checked by the guest's own
sums, large and sparse, and going on after a connection that was lost."""

import hashlib
import os
import random

import pytest

from harness.portside import CutLine, Portside

MIB = 1 << 20


@pytest.fixture(scope="module")
def guest(boot):
    guest = boot("transfer", agent=True)
    guest.check("mkdir /dev/shm/to")
    return guest


@pytest.fixture(scope="module")
def portside(guest):
    return Portside(guest)


@pytest.fixture
def folder(guest):
    """A folder of the guest that a test may fill."""
    path = "/dev/shm/files"
    guest.check(f"mkdir -p {path}")
    yield path
    guest.check(f"rm -rf {path}")


def noise(path, size, seed=1):
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def guest_sha256(guest, path):
    return guest.check(f"sha256sum '{path}'").split()[0].lstrip("\\")


def a_tree(top):
    """Files of all sizes and names, links, an empty directory, modes."""
    top.mkdir()
    for number, size in enumerate((0, 1, 4095, 4096, 65537, 300000)):
        noise(top / f"size {size}", size, number)
    (top / "deep" / "er" / "still").mkdir(parents=True)
    (top / "deep" / "er" / "still" / "ünïcode\tand tab").write_text("x")
    (top / "empty").mkdir(mode=0o700)
    (top / "tool").write_text("#!/bin/sh\n")
    (top / "tool").chmod(0o755)
    os.symlink("size 1", top / "link")
    os.symlink("/nowhere", top / "dangling")
    return top


def description(top):
    """{path: (kind, mode, time, content)} of a tree."""
    tree = {}
    for path in sorted(top.rglob("*")):
        stat = path.lstat()
        content = os.readlink(path) if path.is_symlink() else \
            path.read_bytes() if path.is_file() else None
        when = None if path.is_symlink() else int(stat.st_mtime)
        tree[str(path.relative_to(top))] = (stat.st_mode, when, content)
    return tree


def test_a_tree_goes_into_the_guest_and_comes_back_the_same(portside, guest, folder, tmp_path):
    tree = a_tree(tmp_path / "tree")
    portside.run("put", tree, folder)
    for path in tree.rglob("size *"):
        assert guest_sha256(guest, f"{folder}/tree/{path.name}") == sha256(path)
    assert guest.check(f"stat -c %a {folder}/tree/tool {folder}/tree/empty").split() == \
        ["755", "700"]
    portside.run("get", f"{folder}/tree", tmp_path / "back")
    assert description(tmp_path / "back") == description(tree)


@pytest.mark.parametrize("digest", ["xxh64", "sha256", "sha1"])
def test_the_digest_told_is_the_one_the_guest_computes(portside, guest, folder, tmp_path, digest):
    source = noise(tmp_path / "f", 200_001)
    told = portside.run("put", "-d", digest, source, f"{folder}/f").stdout
    program = {"xxh64": None, "sha256": "sha256sum", "sha1": "sha1sum"}[digest]
    if program:
        assert guest.check(f"{program} {folder}/f").split()[0] in told
    portside.run("get", "-d", digest, f"{folder}/f", tmp_path / "g")
    assert (tmp_path / "g").read_bytes() == source.read_bytes()


def test_many_files_make_one_transfer(portside, guest, folder, tmp_path):
    sources = [noise(tmp_path / f"n{number}", 100 + number, number) for number in range(300)]
    portside.run("put", *sources, folder)
    assert guest.check(f"ls {folder} | wc -l") == "300"
    want = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources)))
    assert guest.check(f"cd {folder} && cat $(ls | sort) | sha256sum").split()[0] == \
        want.hexdigest()


def test_more_than_4_gib_with_holes_keeps_its_holes(portside, guest, folder, tmp_path):
    size = 4 * 1024 * MIB + 12345
    source = tmp_path / "large"
    with open(source, "wb") as file:
        file.truncate(size)
        for at in (0, 2 * 1024 * MIB - 5, 4 * 1024 * MIB + 1, size - 7):
            file.seek(at)
            file.write(b"portside"[:size - at])
    portside.run("put", source, folder)
    assert guest.check(f"stat -c %s {folder}/large") == str(size)
    assert int(guest.check(f"du -k {folder}/large").split()[0]) < 1024
    assert guest.check(f"tail -c 7 {folder}/large") == "portsid"
    assert guest.check(f"dd if={folder}/large bs=1 skip={4 * 1024 * MIB + 1} count=8 "
                       "2> /dev/null") == "portside"
    portside.run("get", f"{folder}/large", tmp_path / "back")
    assert (tmp_path / "back").stat().st_size == size
    assert (tmp_path / "back").stat().st_blocks < 2048
    with open(source, "rb") as one, open(tmp_path / "back", "rb") as other:
        while piece := one.read(MIB):
            assert piece == other.read(MIB)


# ---- connections that are lost ----

@pytest.fixture
def line(guest, tmp_path_factory):
    folder = tmp_path_factory.mktemp("line")
    line = CutLine(guest, "data", folder)
    yield line
    line.close()


@pytest.fixture
def through(guest, line):
    return Portside(guest, f"unix:{guest.run_folder}/control.sock", line.address)


def test_a_put_that_was_cut_off_goes_on_where_it_was(through, line, guest, folder, tmp_path):
    source = noise(tmp_path / "f", 24 * MIB)
    line.cut("guest", 16 * MIB)
    through.run("put", source, folder, status=3)
    assert guest.run(f"test -e {folder}/f").status == 1
    before = line.passed["guest"]
    through.run("put", source, folder)
    assert line.passed["guest"] - before < 12 * MIB, "it began again from the start"
    assert guest_sha256(guest, f"{folder}/f") == sha256(source)
    assert guest.check(f"ls -A {folder}") == "f"


def test_a_get_that_was_cut_off_goes_on_where_it_was(through, line, guest, folder, tmp_path):
    guest.check(f"dd if=/dev/urandom of={folder}/f bs=1M count=24 2> /dev/null")
    line.cut("host", 16 * MIB)
    through.run("get", f"{folder}/f", tmp_path / "f", status=3)
    assert not (tmp_path / "f").exists()
    before = line.passed["host"]
    through.run("get", f"{folder}/f", tmp_path / "f")
    assert line.passed["host"] - before < 12 * MIB, "it began again from the start"
    assert guest_sha256(guest, f"{folder}/f") == sha256(tmp_path / "f")


def test_with_retry_one_command_survives_a_lost_connection(through, line, guest, folder, tmp_path):
    source = noise(tmp_path / "f", 12 * MIB)
    line.cut("guest", 5 * MIB)
    through.run("put", "--retry", "3", source, folder)
    assert guest_sha256(guest, f"{folder}/f") == sha256(source)


def test_a_host_that_is_killed_leaves_a_guest_that_serves_the_next(
        portside, through, line, guest, folder, tmp_path):
    source = noise(tmp_path / "f", 48 * MIB)
    command = through.start("put", source, folder)
    while line.passed["guest"] < 4 * MIB:
        assert command.poll() is None, command.stderr.read()
    command.kill()
    command.communicate()
    portside.run("put", source, folder)
    assert guest_sha256(guest, f"{folder}/f") == sha256(source)
