# SPDX-License-Identifier: GPL-2.0
"""put and get: what arrives is what was sent, or an error says why not."""
import hashlib
import os
import stat

import pytest

from conftest import SANITIZED, leftovers
from trees import describe, make_sparse, make_tree, stored

SIZES = [0, 1, 31, 32, 65535, 65536, 65537, 1048575, 1048576, 1048577, 5_000_000]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_arrives_both_ways(guest, size):
    content = os.urandom(size)
    (guest.local / "file").write_bytes(content)
    guest.run("put", guest.local / "file", guest.files)
    assert (guest.files / "file").read_bytes() == content
    guest.run("get", guest.files / "file", guest.local / "back")
    assert (guest.local / "back").read_bytes() == content
    assert not leftovers(guest.files) and not leftovers(guest.local)


@pytest.mark.parametrize("verb", ["put", "get"])
def test_a_tree_arrives_with_modes_times_and_links(guest, verb):
    source = (guest.local if verb == "put" else guest.files) / "tree"
    target = guest.files if verb == "put" else guest.local
    make_tree(source)
    guest.run(verb, source, target)
    assert describe(target / "tree") == describe(source)
    assert not leftovers(target)


def test_a_tree_takes_a_new_name_where_none_exists(guest):
    make_tree(guest.local / "tree")
    guest.run("put", guest.local / "tree", guest.files / "other")
    assert describe(guest.files / "other") == describe(guest.local / "tree")


def test_a_second_put_of_a_tree_replaces_what_changed(guest):
    make_tree(guest.local / "tree")
    guest.run("put", guest.local / "tree", guest.files)
    (guest.local / "tree" / "a" / "small").write_text("changed")
    guest.run("put", guest.local / "tree", guest.files)
    assert (guest.files / "tree" / "a" / "small").read_text() == "changed"


def test_several_sources_go_into_one_directory(guest):
    for name in "abc":
        (guest.local / name).write_text(name)
    guest.run("put", *(guest.local / name for name in "abc"), guest.files)
    assert sorted(os.listdir(guest.files)) == ["a", "b", "c"]
    guest.run("get", guest.files / "a", guest.files / "b", guest.local)


def test_several_sources_need_a_directory(guest):
    for name in "ab":
        (guest.local / name).write_text(name)
    done = guest.run("put", guest.local / "a", guest.local / "b", guest.files / "no", status=6)
    assert str(guest.files / "no") in done.stderr
    assert not os.listdir(guest.files)


def test_parents_are_made_when_asked(guest):
    (guest.local / "a").write_text("a")
    guest.run("put", guest.local / "a", guest.files / "x/y/z", status=6)
    guest.run("put", "-p", guest.local / "a", guest.files / "x/y/z")
    assert (guest.files / "x/y/z").read_text() == "a"
    guest.run("put", "--parents", guest.local / "a", f"{guest.files}/p/q/")
    assert (guest.files / "p/q/a").read_text() == "a"


def test_many_small_files_arrive(guest):
    source = guest.local / "many"
    source.mkdir()
    for number in range(3000):
        (source / f"file-{number}").write_bytes(b"%d" % number * (number % 50))
    guest.run("put", "--no-sync", source, guest.files)
    assert describe(guest.files / "many") == describe(source)


@pytest.mark.skipif(SANITIZED, reason="digesting 4 GiB takes minutes with sanitizers")
@pytest.mark.parametrize("verb", ["put", "get"])
def test_a_sparse_file_over_4_gib_stays_sparse(guest, verb):
    source = (guest.local if verb == "put" else guest.files) / "sparse"
    target = (guest.files if verb == "put" else guest.local) / "sparse"
    size = (4 << 30) + 12345
    make_sparse(source, size, (0, b"begin"), (1 << 20, b"x" * 70000), ((4 << 30) + 5, b"end"))
    guest.run(verb, source, target.parent)
    assert target.stat().st_size == size
    assert stored(target) <= stored(source) + (1 << 20)
    with open(target, "rb") as file:
        assert file.read(5) == b"begin"
        file.seek(1 << 20)
        assert file.read(70001) == b"x" * 70000 + b"\0"
        file.seek((4 << 30) + 5)
        assert file.read(3) == b"end"


def test_a_file_that_is_all_hole_arrives_as_one(guest):
    make_sparse(guest.local / "hole", 100 << 20)
    guest.run("put", guest.local / "hole", guest.files)
    assert (guest.files / "hole").stat().st_size == 100 << 20
    assert stored(guest.files / "hole") == 0


@pytest.mark.parametrize("name", ["xxh64", "sha256", "sha1"])
def test_the_digest_that_is_printed_is_the_files(guest, name):
    content = os.urandom(100_000)
    (guest.local / "file").write_bytes(content)
    done = guest.run("put", "-d", name, guest.local / "file", guest.files)
    back = guest.run("get", "-d", name, guest.files / "file", guest.local / "back")
    if name == "xxh64":
        xxhash = pytest.importorskip("xxhash")
        expected = xxhash.xxh64_hexdigest(content)
    else:
        expected = hashlib.new(name, content).hexdigest()
    assert done.stdout.splitlines()[0] == f"{expected}  file"
    assert back.stdout.splitlines()[0] == f"{expected}  back"


def test_json_tells_about_each_entry_and_the_whole(guest):
    (guest.local / "d").mkdir()
    (guest.local / "d" / "f").write_bytes(b"abc")
    entries = guest.json("put", "-d", "sha256", guest.local / "d", guest.files)
    assert [entry["event"] for entry in entries] == ["entry", "entry", "end"]
    assert entries[1]["path"] == "d/f" and entries[1]["bytes"] == 3
    assert entries[1]["digest"] == {"name": "sha256", "value": hashlib.sha256(b"abc").hexdigest()}
    assert entries[2]["done"] == 2 and entries[2]["exit"] == 0


def test_json_carries_names_that_are_not_utf8(guest):
    name = os.fsdecode(b"odd-\xff")
    (guest.local / name).write_bytes(b"x")
    entries = guest.json("put", guest.local / name, guest.files)
    assert entries[0]["path"] == name


def test_no_clobber_leaves_what_exists(guest):
    (guest.local / "f").write_text("new")
    (guest.files / "f").write_text("old")
    entries = guest.json("put", "-n", guest.local / "f", guest.files)
    assert entries[0]["status"] == "kept"
    assert (guest.files / "f").read_text() == "old"


def test_continue_sends_only_what_differs(guest):
    make_tree(guest.local / "tree")
    guest.run("put", guest.local / "tree", guest.files)
    (guest.local / "tree" / "a" / "small").write_text("changed")
    entries = guest.json("put", "-c", guest.local / "tree", guest.files)
    done = {e["path"] for e in entries if e.get("kind") == "file" and e["status"] == "done"}
    assert done == {"tree/a/small"}
    assert (guest.files / "tree" / "a" / "small").read_text() == "changed"


def test_a_directory_that_exists_keeps_its_mode(guest):
    for side, mode in (guest.local, 0o700), (guest.files, 0o755):
        (side / "d").mkdir()
        (side / "d").chmod(mode)
    (guest.local / "d" / "f").write_text("f")
    guest.run("put", guest.local / "d", guest.files)
    assert stat.S_IMODE((guest.files / "d").stat().st_mode) == 0o755


def test_a_file_is_replaced_at_once_or_not_at_all(guest):
    (guest.local / "f").write_bytes(b"n" * 2_000_000)
    (guest.files / "f").write_bytes(b"o" * 10)
    with open(guest.files / "f", "rb") as old:
        guest.run("put", guest.local / "f", guest.files)
        assert old.read() == b"o" * 10
    assert (guest.files / "f").read_bytes() == b"n" * 2_000_000


def test_a_link_given_as_source_is_followed(guest):
    (guest.local / "f").write_text("content")
    os.symlink("f", guest.local / "l")
    guest.run("put", guest.local / "l", guest.files)
    assert (guest.files / "l").read_text() == "content" and not (guest.files / "l").is_symlink()


def test_a_missing_source_is_named(guest):
    done = guest.run("get", "/does/not/exist", guest.local, status=6)
    assert "/does/not/exist: No such file" in done.stderr
    done = guest.run("put", guest.local / "missing", guest.files, status=7)
    assert "missing: cannot open: No such file" in done.stderr


def test_one_bad_source_does_not_stop_the_others(guest):
    (guest.local / "good").write_text("x")
    guest.run("put", guest.local / "missing", guest.local / "good", guest.files, status=7)
    assert (guest.files / "good").read_text() == "x"


def test_a_file_does_not_replace_a_directory(guest):
    (guest.local / "x").write_text("file")
    (guest.files / "x").mkdir()
    done = guest.run("put", guest.local / "x", guest.files, status=6)
    assert "x: cannot put the file in place: Is a directory" in done.stderr
    assert (guest.files / "x").is_dir() and not leftovers(guest.files)


def test_a_directory_does_not_replace_a_file(guest):
    (guest.local / "x").mkdir()
    (guest.local / "x" / "f").write_text("f")
    (guest.files / "x").write_text("file")
    guest.run("put", guest.local / "x", guest.files, status=6)
    assert (guest.files / "x").read_text() == "file"


def test_a_device_or_pipe_is_not_replaced(guest):
    (guest.local / "p").write_text("file")
    os.mkfifo(guest.files / "p")
    guest.run("put", guest.local / "p", guest.files, status=6)
    assert stat.S_ISFIFO(os.stat(guest.files / "p").st_mode)


def test_pipes_and_devices_in_a_tree_are_skipped_and_named(guest):
    (guest.local / "d").mkdir()
    os.mkfifo(guest.local / "d" / "fifo")
    (guest.local / "d" / "f").write_text("f")
    done = guest.run("put", guest.local / "d", guest.files, status=7)
    assert "d/fifo" in done.stderr
    assert os.listdir(guest.files / "d") == ["f"]


def test_a_link_in_the_destination_is_not_followed(guest):
    (guest.local / "d").mkdir()
    (guest.local / "d" / "f").write_text("f")
    (guest.files / "elsewhere").mkdir()
    os.symlink("elsewhere", guest.files / "d")
    guest.run("put", guest.local / "d", guest.files, status=6)
    assert not os.listdir(guest.files / "elsewhere")


def test_files_of_proc_that_claim_to_be_empty_are_read(guest):
    guest.run("get", "/proc/version", guest.local / "v")
    assert (guest.local / "v").read_text() == open("/proc/version", encoding="ascii").read()


def test_files_of_sys_that_claim_a_page_are_read(guest):
    path = "/sys/kernel/notes" if os.path.exists("/sys/kernel/notes") else "/sys/kernel/uevent_seqnum"
    guest.run("get", path, guest.local / "v")
    with open(path, "rb") as file:
        assert (guest.local / "v").read_bytes() == file.read()


def test_a_guest_cannot_give_special_mode_bits(guest):
    (guest.files / "s").write_text("#!/bin/sh\n")
    (guest.files / "s").chmod(0o6755)
    guest.run("get", guest.files / "s", guest.local)
    assert stat.S_IMODE((guest.local / "s").stat().st_mode) == 0o755
    guest.run("put", guest.local / "s", guest.files / "t")
    (guest.local / "s").chmod(0o4755)
    guest.run("put", guest.local / "s", guest.files / "u")
    assert stat.S_IMODE((guest.files / "u").stat().st_mode) == 0o4755


def test_dot_as_source_goes_by_its_name(guest):
    (guest.local / "f").write_text("f")
    guest.run("put", ".", guest.files, cwd=guest.local)
    assert (guest.files / "host-files" / "f").read_text() == "f"


def test_quiet_says_nothing_when_all_is_well(guest):
    (guest.local / "f").write_text("f")
    done = guest.run("put", "-q", guest.local / "f", guest.files)
    assert done.stdout == "" and done.stderr == ""


def test_names_on_the_terminal_are_harmless(guest):
    (guest.local / "bad\033[2J").mkdir()
    os.mkfifo(guest.local / "bad\033[2J" / "fifo\n")
    done = guest.run("put", guest.local / "bad\033[2J", guest.files, status=7)
    assert "\033" not in done.stderr and "\\x1b[2J/fifo\\x0a" in done.stderr
