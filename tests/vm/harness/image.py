# SPDX-License-Identifier: GPL-2.0
"""Images for the tests: packed once a session for each kernel, driver, profile
and set of files, with every guest test program in them."""

import functools
import hashlib
import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PROGRAMS = TOP / "build" / "tests" / "guest"
FOLDER = TOP / "build" / "tests" / "images"


@functools.lru_cache(maxsize=None)
def packed(kernel, driver, profile, add=(), modules=()):
    """Path of an image for these, with more kernel modules in it."""
    programs = sorted(str(path) for path in PROGRAMS.glob("*") if path.is_file())
    files = [*programs, *add]
    key = "-".join([kernel.replace("/", "_"), driver, profile])
    if add or modules:
        key += "-" + hashlib.sha256("\0".join([*add, "", *modules]).encode()).hexdigest()[:12]
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Tests that run side by side pack each their own.
    output = FOLDER / f"{key}{os.environ.get('PYTEST_XDIST_WORKER', '')}.cpio"
    command = [str(TOP / "scripts" / "mkinitramfs"), "--kernel", kernel, "--driver", driver,
               "--profile", profile, "--compress", "none", "-o", str(output)]
    for file in files:
        command += ["--add", file]
    for module in modules:
        command += ["--module", module]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stderr}"
    return output
