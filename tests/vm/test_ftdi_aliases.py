# SPDX-License-Identifier: GPL-2.0
"""The devices that the module claims: all of those of the in-tree one."""

import subprocess

from harness.guest import TOP

LIST = TOP / "tests" / "ftdi" / "aliases-7.3.txt"


def test_no_device_of_the_in_tree_driver_is_missing(kernel):
    release = (TOP / "build" / "kernels" / kernel / "release").read_text().strip()
    module = TOP / "build" / release / "ftdi_sio.ko"
    ours = set(subprocess.run(["/sbin/modinfo", "-F", "alias", str(module)], capture_output=True,
                              text=True, check=True).stdout.split())
    wanted = {line.strip() for line in LIST.read_text().splitlines()
              if line.strip() and not line.startswith("#")}
    assert len(wanted) > 800
    assert not wanted - ours
