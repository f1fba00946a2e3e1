# SPDX-License-Identifier: GPL-2.0
# The portside program: build/bin/portside for the host and, linked
# statically, build/bin/portside-guest for images. Which sources are in which
# is said here and nowhere else.

TOOLS_BOTH := address agent agent_ports agent_requests channel child cmd_agent cmd_cat command \
	destination digest directories doctor_guest failure frame here inventory inventory_scan \
	link linkname message naming operation options outcome partial path power program receive \
	report send target terminal text tree
TOOLS_HOST := main_host address_tcp capture client cmd_check cmd_doctor cmd_exec \
	cmd_get cmd_ls cmd_ping cmd_power cmd_put cmd_symbols doctor_host guests inventory_parse json \
	login_shell_passwd machine machine_command machine_tables progress qmp symbol_file transcript \
	transfer
TOOLS_GUEST := main_guest cmd_here cmd_plug login_shell_minimal module_index module_load plug \
	port_links uevent

TOOLS_OUT := $(BUILD)/tools
TOOLS_CFLAGS := -std=gnu11 -g -Wall -Wextra -Werror -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
TOOLS_HOST_CFLAGS := $(TOOLS_CFLAGS) -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
TOOLS_GUEST_CC ?= musl-gcc
TOOLS_GUEST_CFLAGS := $(TOOLS_CFLAGS) -Os -ffunction-sections -fdata-sections -fno-pie \
	-fno-asynchronous-unwind-tables -idirafter $(TOOLS_OUT)/include

TOOLS_HOST_OBJECTS := $(patsubst %,$(TOOLS_OUT)/host/%.o,$(TOOLS_BOTH) $(TOOLS_HOST))
TOOLS_GUEST_OBJECTS := $(patsubst %,$(TOOLS_OUT)/guest/%.o,$(TOOLS_BOTH) $(TOOLS_GUEST))

# musl brings neither the kernel's headers nor those of the libraries: pass on
# the few that are needed. The objects in libmd.a need nothing of glibc but
# memcpy, so they link with musl.
TOOLS_MULTIARCH := $(shell $(CC) -print-multiarch)
TOOLS_LIBMD = $(shell $(CC) -print-file-name=libmd.a)

$(TOOLS_OUT)/include/.made:
	@mkdir -p $(@D)
	@ln -sfn /usr/include/linux $(@D)/linux
	@ln -sfn /usr/include/asm-generic $(@D)/asm-generic
	@ln -sfn /usr/include/$(TOOLS_MULTIARCH)/asm $(@D)/asm
	@ln -sfn /usr/include/xxhash.h $(@D)/xxhash.h
	@ln -sfn /usr/include/sha1.h $(@D)/sha1.h
	@ln -sfn /usr/include/sha2.h $(@D)/sha2.h
	@touch $@

# Small everywhere but where the time goes.
$(TOOLS_OUT)/guest/digest.o: TOOLS_GUEST_CFLAGS += -O2

$(TOOLS_OUT)/host/%.o: tools/%.c tools/build.mk
	@mkdir -p $(@D)
	$(CC) $(TOOLS_HOST_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(TOOLS_OUT)/guest/%.o: tools/%.c tools/build.mk $(TOOLS_OUT)/include/.made
	@mkdir -p $(@D)
	$(TOOLS_GUEST_CC) $(TOOLS_GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(BIN)/portside: $(TOOLS_HOST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ -lmd

$(BIN)/portside-guest: $(TOOLS_GUEST_OBJECTS)
	@mkdir -p $(@D)
	$(TOOLS_GUEST_CC) -static -no-pie -s -Wl,--gc-sections -Wl,-z,noseparate-code -o $@ $^ $(TOOLS_LIBMD)

# The host's program once more, with sanitizers, for the tests; it has the agent in it.
TOOLS_SANITIZED_OBJECTS := $(TOOLS_HOST_OBJECTS:$(TOOLS_OUT)/host/%=$(TOOLS_OUT)/sanitized/%)

$(TOOLS_OUT)/sanitized/%.o: tools/%.c tools/build.mk
	@mkdir -p $(@D)
	$(CC) $(TOOLS_CFLAGS) -O1 $(TOOLS_SANITIZERS) -MMD -MP -c -o $@ $<

TOOLS_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer

$(TOOLS_OUT)/sanitized/portside: $(TOOLS_SANITIZED_OBJECTS)
	$(CC) $(TOOLS_SANITIZERS) -o $@ $^ -lmd

-include $(wildcard $(TOOLS_OUT)/*/*.d)

##@ Build
.PHONY: tools
tools: $(BIN)/portside $(BIN)/portside-guest ## the portside program, for the host and for images

##@ Test
TOOLS_PYTEST := /usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/tools

.PHONY: check-tools
check-tools: tools $(TOOLS_OUT)/sanitized/portside ## the portside program, both ends on this machine, no guest
	@mkdir -p $(RESULTS)
	$(TOOLS_PYTEST) --junit-xml=$(RESULTS)/tools.xml
	PORTSIDE_HOST_PROGRAM=$(TOOLS_OUT)/sanitized/portside \
	PORTSIDE_GUEST_PROGRAM=$(TOOLS_OUT)/sanitized/portside \
		$(TOOLS_PYTEST) --junit-xml=$(RESULTS)/tools-sanitized.xml
