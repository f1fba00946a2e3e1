# SPDX-License-Identifier: GPL-2.0
"""Trees of files to transfer, and a description of a tree to compare two of them."""
import hashlib
import os
import stat


def describe(top):
    """What a tree holds: path -> kind, mode, time, content or target."""
    top = os.fsencode(top)
    found = {}
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            about = os.lstat(path)
            kind = stat.S_IFMT(about.st_mode)
            what = b""
            if stat.S_ISLNK(about.st_mode):
                what = os.readlink(path)
            elif stat.S_ISREG(about.st_mode):
                with open(path, "rb") as file:
                    what = hashlib.sha256(file.read()).digest()
            mode = None if stat.S_ISLNK(about.st_mode) else stat.S_IMODE(about.st_mode)
            found[os.path.relpath(path, top)] = (kind, mode, about.st_mtime_ns, what)
    return found


def make_tree(top):
    """A tree with everything in it that a transfer must carry."""
    os.makedirs(top / "empty")
    os.makedirs(top / "a" / "b" / "c")
    (top / "a" / "small").write_bytes(b"small\n")
    (top / "a" / "nothing").write_bytes(b"")
    (top / "a" / "b" / "large").write_bytes(os.urandom(3_000_001))
    (top / "a" / "b" / "exact").write_bytes(b"\0\1" * 524288)
    (top / "a" / "b" / "c" / "script").write_text("#!/bin/sh\n")
    (top / "a" / "b" / "c" / "script").chmod(0o755)
    (top / "a" / "secret").write_text("s")
    (top / "a" / "secret").chmod(0o600)
    (top / "with space").write_text("x")
    (top / "-dash").write_text("x")
    os.symlink("a/small", top / "link")
    os.symlink("/nowhere/at/all", top / "dangling")
    os.symlink("../..", top / "a" / "up")
    with open(os.path.join(os.fsencode(top), b"not-utf8-\xff\xfe"), "wb") as file:
        file.write(b"x")
    (top / "new\nline\033[31m").write_text("x")
    os.utime(top / "a" / "small", ns=(1, 1_234_567_890_123_456_789))
    os.utime(top / "link", ns=(1, 987_654_321_000_000_001), follow_symlinks=False)
    (top / "a" / "b").chmod(0o750)
    (top / "a" / "b" / "c").chmod(0o555)
    os.utime(top / "a" / "b", ns=(1, 1_000_000_000_000_000_007))


def make_sparse(path, size, *extents):
    """A file of a size with data only at some offsets."""
    with open(path, "wb") as file:
        file.truncate(size)
        for offset, data in extents:
            file.seek(offset)
            file.write(data)


def stored(path):
    """Bytes that a file takes on its file system."""
    return os.stat(path).st_blocks * 512
