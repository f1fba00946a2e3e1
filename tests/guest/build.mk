# SPDX-License-Identifier: GPL-2.0
# Test programs that run inside the guest: every tests/guest/NAME.c becomes a
# static build/tests/guest/NAME, which the VM tests find in their images as
# /usr/bin/NAME. They print KTAP (tests/guest/ktap.h). NAME_LIBS: what it links.

GUEST_TEST_DIR := $(BUILD)/tests/guest
GUEST_TEST_CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Werror -Itests/guest
portprobe_LIBS := -luring
GUEST_TESTS := $(patsubst tests/guest/%.c,$(GUEST_TEST_DIR)/%,$(wildcard tests/guest/*.c))



$(GUEST_TEST_DIR)/%: tests/guest/%.c $(wildcard tests/guest/*.h)
	@mkdir -p $(@D)
	$(CC) $(GUEST_TEST_CFLAGS) -static -s -o $@ $< $($*_LIBS) -lpthread

.PHONY: guest-tests
guest-tests: $(GUEST_TESTS)
