# SPDX-License-Identifier: GPL-2.0
FUZZERS += fuzz_rsp
fuzz_rsp_SOURCES := $(RSP_SOURCES) tests/unit/rsp_fake.c
