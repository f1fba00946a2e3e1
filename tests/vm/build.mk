# SPDX-License-Identifier: GPL-2.0
# Tests in virtual machines (pytest, tests/vm) and the demo. DRIVER=in-tree
# runs the same tests on the kernel's own modules; VM_TESTS=PATH... picks some.

DRIVER ?= ours
VM_TESTS ?= tests/vm
VM_PYTEST := /usr/bin/python3 -m pytest -p no:cacheprovider -q

include tests/guest/build.mk

.PHONY: vm-parts
vm-parts: guest-tests
	@scripts/kernel fetch $(GUEST)
	@[ $(DRIVER) = in-tree ] || scripts/modules $(GUEST)

.PHONY: check-vm
check-vm: vm-parts ## guests: names, consoles, images, QEMU lines (DRIVER=in-tree: the kernel's own modules)
	@mkdir -p $(RESULTS)
	@$(VM_PYTEST) --junitxml=$(RESULTS)/vm-$(GUEST)-$(DRIVER).xml \
		--kernel=$(GUEST) --driver=$(DRIVER) $(VM_TESTS)

.PHONY: boot
boot: ## a guest on this terminal (C-a x leaves, C-a c is the monitor)
	@scripts/kernel fetch $(GUEST)
	@[ $(DRIVER) = in-tree ] || scripts/modules $(GUEST)
	@scripts/guest --kernel $(GUEST) --driver $(DRIVER)
