# SPDX-License-Identifier: GPL-2.0
"""What tests of installing share: the packages, a fresh Debian root to install
them in (nothing is ever installed on this machine), and a disk made from it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
KERNEL = os.environ.get("GUEST", "6.1")
CACHE = Path(os.environ.get("PORTSIDE_CACHE") or
             Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portside")
MODULES = ("virtio_console", "ftdi_sio", "kgdboc")
# A Debian that compiles modules, makes its initramfs and boots, and can make one
# with dracut as well; libraries for building portside itself.
PACKAGES = ("dkms,dracut-core,gcc,initramfs-tools,kmod,libc6-dev,libmd-dev,libxxhash-dev,"
            "linux-headers-amd64,linux-image-amd64,make,pkg-config,systemd-sysv,udev,zstd")
# Its initramfs has what these say, and what our hook adds: a few files, made in seconds.
INITRAMFS = {"conf.d/list": "MODULES=list", "modules": "virtio_blk\next4"}
LIMIT = 1800  # seconds, generous: nothing waits for it unless something is wrong


def run(*command, status=0, **options):
    """A command of this machine, to its end; its output, both streams."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                          check=False, **{"cwd": TOP, **options})
    assert done.returncode == status, \
        f"'{' '.join(map(str, command))}': status {done.returncode}\n{done.stdout[-8000:]}"
    return done.stdout


def make(*words, status=0):
    """make in the checkout, as a user calls it: without what the make above set."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return run("make", *words, status=status, env=environment)


def as_root(*command):
    return [*([] if os.getuid() == 0 else ["sudo"]), *map(str, command)]


class Root:
    """A Debian in a folder: what is below it is read from a root that several of them
    share, and what is written goes into a layer of its own."""

    def __init__(self, base, folder):
        self.folder = folder
        self._layers = f"lowerdir={base},upperdir={folder}/upper,workdir={folder}/work"
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        self.release = next((base / "usr/lib/modules").iterdir()).name

    def command(self, script, outside="true"):
        """Words that run a script there, after one outside that sees it as $root."""
        return as_root("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-euc", """
            root=$1/root
            mount -t overlay -o "$2" overlay "$root"
            mount -t tmpfs tmpfs "$root/run"
            mount -t tmpfs tmpfs "$root/tmp"
            mount -t proc proc "$root/proc"
            mount --rbind /dev "$root/dev"
            mount -t sysfs -o ro sysfs "$root/sys"
            eval "$4"
            exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root \
                DEBIAN_FRONTEND=noninteractive chroot "$root" /bin/sh -euc "$3"
            """, "sh", self.folder, self._layers, script, outside)

    def run(self, script, status=0, outside="true"):
        return run(*self.command(script, outside), status=status)

    def put(self, source, target):
        """A file or folder of this machine into it."""
        self.run("true", outside=f"mkdir -p \"$root{Path(target).parent}\"; "
                                 f"cp -r '{source}' \"$root{target}\"")

    def get(self, source, target):
        """A file of it into this machine."""
        self.run("true", outside=f"cp \"$root{source}\" '{target}'; chmod a+r '{target}'")
        return target

    def module(self, name, field):
        """What modinfo says of the module that modprobe would load; "" if there is none."""
        return self.run(f"modinfo -k {self.release} -F {field} {name} 2> /dev/null || true").strip()


def write(name):
    """A shell line for mmdebstrap: a file of initramfs-tools' configuration."""
    path = f'"$1/etc/initramfs-tools/{name}"'
    return f"mkdir -p \"$(dirname {path})\"; printf '%s\\n' '{INITRAMFS[name]}' > {path}"


@pytest.fixture(scope="session")
def debian():
    """The shared root, made once from the archive and kept in the cache."""
    sources = run("scripts/kernel", "sources", "6.1")
    base = CACHE / "roots" / "bookworm-install"
    made = base / "made"
    wanted = f"{PACKAGES} {INITRAMFS}"
    if not made.exists() or made.read_text() != wanted:
        part = base.with_suffix(".part")
        run(*as_root("rm", "-rf", part, base))
        part.parent.mkdir(parents=True, exist_ok=True)
        list_file = CACHE / "apt" / "bookworm" / "sources.list"
        list_file.write_text(sources)
        run(*as_root("mmdebstrap", "--quiet", "--variant=apt", "--mode=root",
                     "--skip=cleanup/apt/lists", f"--include={PACKAGES}",
                     "--essential-hook=" + write("conf.d/list"),
                     "--customize-hook=" + write("modules"), "bookworm", part, list_file))
        run(*as_root("sh", "-c", 'printf %s "$1" > "$2"', "sh", wanted, part / "made"))
        run(*as_root("mv", part, base))
    return base


@pytest.fixture(scope="session")
def new_root(debian, tmp_path_factory):
    """Makes fresh roots: new_root("label")."""
    folders = []

    def new(label):
        folders.append(tmp_path_factory.mktemp(label))
        return Root(debian, folders[-1] / "debian")

    yield new
    for folder in folders:
        run(*as_root("rm", "-rf", folder))


@pytest.fixture(scope="session")
def packages():
    """{name: file} of what `make deb` makes from the last commit."""
    make("deb")
    files = sorted((TOP / "build" / "deb").glob("*.deb"))
    return {file.name.split("_")[0]: file for file in files if "dbgsym" not in file.name}


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """The last commit as it is in a fresh checkout."""
    folder = tmp_path_factory.mktemp("source") / "portside"
    folder.mkdir()
    with subprocess.Popen(["git", "archive", "HEAD"], cwd=TOP, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)
    assert archive.returncode == 0
    yield folder
    shutil.rmtree(folder)


def install_debs(root, packages):
    for file in packages.values():
        root.put(file, f"/root/{file.name}")
    return root.run("apt-get install -y --no-install-recommends /root/*.deb")


@pytest.fixture(scope="session")
def installed(new_root, packages):
    """A Debian with both packages, installed by apt without a network; for looking at only."""
    root = new_root("debs")
    root.log = install_debs(root, packages)
    return root
