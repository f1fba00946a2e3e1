# SPDX-License-Identifier: GPL-2.0
# Portside: one entry for users and CI. `make help` lists the targets; each
# part brings its own rules in a build.mk beside its sources.

KVER ?= $(shell uname -r)
# The kernel that demo, boot and check run on, unless told otherwise.
GUEST ?= 6.1

BUILD := build
BIN := $(BUILD)/bin
RESULTS := $(BUILD)/results

.DEFAULT_GOAL := modules
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

##@ Use
.PHONY: modules
modules: ## the modules for KVER= (a fetched series such as 6.1, or an installed release)
	@scripts/modules $(KVER)

.PHONY: demo
demo: setup ## the main job on a stock kernel, a PASS or FAIL line a step
	@$(MAKE) -s vm-parts tools
	@mkdir -p $(RESULTS)
	@/usr/bin/python3 -B tests/demo/demo.py --kernel $(GUEST) --record $(RESULTS)/demo.cast

include tools/build.mk
include tests/build.mk
include packaging/build.mk

.PHONY: check
check: setup ## every test that this machine can run
	@scripts/check

.PHONY: setup
setup: ## install the Debian packages that building, booting and testing need
	@scripts/setup

.PHONY: clean
clean: ## remove everything built (downloads stay in the cache)
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
