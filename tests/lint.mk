# SPDX-License-Identifier: GPL-2.0
# Static checks. LINT_KVER=6.1 adds sparse over the modules (a build with C=2).

LINT_SH := scripts/guest scripts/kernel scripts/mkinitramfs scripts/modules scripts/setup \
	scripts/manual initramfs/event initramfs/init initramfs/shell initramfs/supervise \
	udev/portside-links packaging/refresh packaging/initramfs-tools/portside \
	packaging/dracut/70portside/module-setup.sh packaging/mkinitcpio/portside
LINT_EXTRA_SH = $(shell grep -lE '^\#!/bin/(ba)?sh' $(filter-out $(LINT_SH),$(wildcard scripts/*)) 2> /dev/null)
# What takes the place of the host's files in the guest's program.
LINT_GUEST_C := tools/cmd_here.c tools/main_guest.c tools/login_shell_minimal.c
LINT_SPARSE := sparse -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wno-decl -Wno-transparent-union
LINT_C = $(wildcard tools/*.c tools/*.h)

.PHONY: lint
lint: ## shellcheck, flake8, sparse on the tools, formatting of the tools (LINT_KVER=: sparse on the modules)
	@scripts/setup lint
	shellcheck -x -P . --severity=warning $(LINT_SH) $(LINT_EXTRA_SH)
	flake8 --max-line-length=110 tests
	@mkdir -p $(RESULTS)
	@{ $(LINT_SPARSE) $(filter-out $(LINT_GUEST_C),$(wildcard tools/*.c)); \
		$(LINT_SPARSE) $(LINT_GUEST_C); } 2>&1 | grep -v '^/usr/' > $(RESULTS)/sparse.log; \
		! grep . $(RESULTS)/sparse.log
	@! grep -nE '.{111}' $(LINT_C) || { echo "lines over 110 columns"; false; }
	$(if $(LINT_KVER),scripts/modules $(LINT_KVER) C=2 W=1)

COVERAGE := $(BUILD)/coverage

.PHONY: coverage
coverage: ## lines of pure code and of the portside program that their tests reach
	@rm -rf $(COVERAGE) && mkdir -p $(COVERAGE)
	$(MAKE) -s BUILD=$(COVERAGE) UNIT_COVERAGE=--coverage check-unit > $(COVERAGE)/unit.log
	$(MAKE) -s BUILD=$(COVERAGE) CFLAGS=--coverage LDFLAGS=--coverage $(COVERAGE)/bin/portside
	PORTSIDE_HOST_PROGRAM=$(COVERAGE)/bin/portside PORTSIDE_GUEST_PROGRAM=$(COVERAGE)/bin/portside \
		/usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/tools > $(COVERAGE)/tools.log
	@cd $(COVERAGE) && find . -name '*.gcda' -printf '%h/%f\n' | while read -r data; do \
		gcov -n -o "$${data%/*}" "$$data" 2> /dev/null; done | \
		awk '/^File .(tools|drivers)\// { file = $$2 } /^Lines executed/ && file { split($$2, part, ":"); \
			share = part[2] + 0; if (share > best[file] + 0) { best[file] = share }; lines[file] = $$4; file = "" } \
			END { for (f in best) { printf "%6.1f %% of %4d  %s\n", best[f], lines[f], f; n += lines[f]; \
				hit += lines[f] * best[f] / 100 } printf "%6.1f %% of %d lines in all\n", 100 * hit / n, n }' | \
		sort -n | tee $(COVERAGE)/summary
