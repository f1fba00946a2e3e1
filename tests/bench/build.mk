# SPDX-License-Identifier: GPL-2.0
# The comparison with the in-tree drivers: load programs of the guest (static)
# and of the host, driven by bench.py.

BENCH_DIR := $(BUILD)/tests/bench
BENCH_CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Werror
BENCH_HOST := $(BENCH_DIR)/hostend
BENCH_GUEST := $(patsubst tests/bench/guest/%.c,$(BENCH_DIR)/guest/%,$(wildcard tests/bench/guest/*.c))

$(BENCH_DIR)/guest/%: tests/bench/guest/%.c tests/bench/wire.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Itests/bench -static -s -o $@ $< -lpthread

$(BENCH_DIR)/%: tests/bench/%.c tests/bench/wire.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $< -lpthread

.PHONY: bench-parts
bench-parts: vm-parts $(BENCH_HOST) $(BENCH_GUEST)

.PHONY: bench
bench: bench-parts ## our drivers against the in-tree ones (QUICK=1, BENCH=vport,hvc, ROW='write 64')
	@scripts/setup bench
	@mkdir -p $(RESULTS)
	@/usr/bin/python3 tests/bench/bench.py --kernel $(GUEST) $(if $(QUICK),--quick) \
		$(if $(BENCH),--suites $(BENCH)) $(if $(ROW),--row '$(ROW)')
