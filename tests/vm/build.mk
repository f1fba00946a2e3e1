# SPDX-License-Identifier: GPL-2.0
# Tests in virtual machines (pytest, tests/vm) and the demo. DRIVER=in-tree
# runs the same tests on the kernel's own modules; VM_TESTS=PATH... picks some.

DRIVER ?= ours
VM_TESTS ?= tests/vm
# Two guests at a time; the tests of a file share theirs, so they stay together.
VM_JOBS ?= 2
VM_PYTEST := /usr/bin/python3 -B -m pytest -p no:cacheprovider -q -n $(VM_JOBS) --dist loadfile
# These want a kernel with CONFIG_KGDB.
VM_KGDB_TESTS := tests/vm/test_kgdboc_*.py

include tests/guest/build.mk
include tests/ftdi/build.mk

.PHONY: vm-parts
vm-parts: guest-tests ftdi-model tools
	@scripts/kernel fetch $(GUEST)
	@[ $(DRIVER) = in-tree ] || scripts/modules $(GUEST)

.PHONY: check-vm
check-vm: vm-parts ## guests: names, consoles, images, QEMU lines (DRIVER=in-tree: the kernel's own modules)
	@mkdir -p $(RESULTS)
	@$(VM_PYTEST) --junitxml=$(RESULTS)/vm-$(GUEST)-$(DRIVER).xml \
		--kernel=$(GUEST) --driver=$(DRIVER) --ignore-glob='$(VM_KGDB_TESTS)' $(VM_TESTS)

.PHONY: check-kgdb
check-kgdb: guest-tests tools ## the debugger's lines, on a kernel with CONFIG_KGDB compiled from source
	@scripts/kernel build kgdb $(GUEST)
	@scripts/modules kgdb-$(GUEST)
	@mkdir -p $(RESULTS)
	@$(VM_PYTEST) --junitxml=$(RESULTS)/vm-kgdb-$(GUEST)-ours.xml --kernel=kgdb-$(GUEST) $(VM_KGDB_TESTS)

# What holds on every kernel: names, the contract of ports, bursts, USB lines.
MATRIX_KERNELS ?= 5.10 6.1 6.12 7.3
MATRIX_TESTS ?= tests/vm/test_boot.py tests/vm/test_port_names.py tests/vm/test_vport_contract.py \
	tests/vm/test_vport_bursts.py tests/vm/test_ftdi_qemu.py

.PHONY: matrix
matrix: ## the tests that hold on every kernel, on each (MATRIX_KERNELS="5.10 6.1 6.12 7.3")
	@status=0; for kernel in $(MATRIX_KERNELS); do \
		echo "== $$kernel"; \
		$(MAKE) -s check-vm GUEST=$$kernel VM_TESTS="$(MATRIX_TESTS)" || status=1; \
	done; exit $$status

.PHONY: demo-kgdb
demo-kgdb: tools ## gdb on a kernel with CONFIG_KGDB (compiled on first use), a PASS or FAIL line a step
	@scripts/kernel build kgdb $(GUEST)
	@scripts/modules kgdb-$(GUEST)
	@scripts/demo-kgdb kgdb-$(GUEST)

.PHONY: boot
boot: tools ## a guest on this terminal (C-a x leaves, C-a c is the monitor)
	@scripts/kernel fetch $(GUEST)
	@[ $(DRIVER) = in-tree ] || scripts/modules $(GUEST)
	@scripts/guest --kernel $(GUEST) --driver $(DRIVER)
