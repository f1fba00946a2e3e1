# SPDX-License-Identifier: GPL-2.0
FUZZERS += fuzz_kgdboc_stub
fuzz_kgdboc_stub_SOURCES := drivers/kgdboc/stub.c drivers/kgdboc/frame.c
