# SPDX-License-Identifier: GPL-2.0
# Fuzzers (libFuzzer): each runs for FUZZ_SECONDS from seeds made for it and
# what earlier runs found. A part adds its own in tests/fuzz/<part>.mk by
# FUZZERS += NAME, NAME_SOURCES, and NAME_SEEDS, a command that writes seeds
# into the directory it is given.

FUZZ_SECONDS ?= 60
FUZZ_DIR := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_CFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -I. \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

include $(filter-out %/build.mk,$(wildcard tests/fuzz/*.mk))

define fuzzer_rule
$(FUZZ_DIR)/$(1): tests/fuzz/$(1).c $($(1)_SOURCES) $(wildcard tests/fuzz/*.h)
	@mkdir -p $$(@D)
	$$(FUZZ_CC) $$(FUZZ_CFLAGS) $($(1)_CFLAGS) -o $$@ $$(filter %.c,$$^) $($(1)_LIBS)

.PHONY: run-$(1)
run-$(1): $(FUZZ_DIR)/$(1)
	@mkdir -p $(FUZZ_DIR)/$(1).seeds $(FUZZ_DIR)/$(1).corpus
	@$(if $($(1)_SEEDS),$($(1)_SEEDS) $(FUZZ_DIR)/$(1).seeds)
	cd $(FUZZ_DIR) && ./$(1) -max_total_time=$(FUZZ_SECONDS) -timeout=60 -print_final_stats=1 \
		-artifact_prefix=$(1)- $($(1)_OPTIONS) $(1).corpus $(1).seeds
endef
$(foreach fuzzer,$(FUZZERS),$(eval $(call fuzzer_rule,$(fuzzer))))

.PHONY: fuzz
fuzz: ## fuzz the parsers, each for FUZZ_SECONDS= (60)
	@scripts/setup build fuzz
	@$(MAKE) --no-print-directory $(addprefix run-,$(FUZZERS))
