# SPDX-License-Identifier: GPL-2.0
# Tests: unit (host), guest programs, virtual machines, fuzzers.

##@ Test
include tests/unit/build.mk
include tests/vm/build.mk
include tests/images/build.mk
include tests/packaging/build.mk
include tests/lint.mk
include tests/fuzz/build.mk
include tests/bench/build.mk
