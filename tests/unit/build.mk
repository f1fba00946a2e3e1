# SPDX-License-Identifier: GPL-2.0
# Unit tests of pure code, on the host with cmocka under ASan and UBSan.
# A part adds its programs by: UNIT_TESTS += NAME and sources NAME_SOURCES;
# the program is built from tests/unit/NAME.c and those sources.

UNIT_DIR := $(BUILD)/tests/unit
UNIT_CFLAGS := $(UNIT_COVERAGE) -std=gnu11 -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined -I.

include $(filter-out %/build.mk,$(wildcard tests/unit/*.mk))

define unit_test_rule
$(UNIT_DIR)/$(1): tests/unit/$(1).c $($(1)_SOURCES) $(wildcard tests/unit/*.h)
	@mkdir -p $$(@D)
	$$(CC) $$(UNIT_CFLAGS) $($(1)_CFLAGS) -o $$@ $$(filter %.c,$$^) -lcmocka $($(1)_LIBS)
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit_test_rule,$(test))))

.PHONY: check-unit
check-unit: $(addprefix $(UNIT_DIR)/,$(UNIT_TESTS)) ## unit tests of pure code, with sanitizers
	@mkdir -p $(RESULTS)/unit
	@status=0; for test in $^; do \
		CMOCKA_MESSAGE_OUTPUT=TAP $$test > $(RESULTS)/unit/$$(basename $$test).tap 2>&1 || status=1; \
		echo "# $$(basename $$test)"; cat $(RESULTS)/unit/$$(basename $$test).tap; \
	done; exit $$status
