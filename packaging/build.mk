# SPDX-License-Identifier: GPL-2.0
# Installing: modules, program, rules, pages, hooks. DESTDIR= stages into a
# folder and then touches nothing of this machine.

VERSION := $(shell sed -n 's/.*PORTSIDE_VERSION "\(.*\)"/\1/p' tools/version.h)
PREFIX ?= /usr
DESTDIR ?=
MAN := $(BUILD)/man
INSTALLED_RELEASE = $(shell cat $(BUILD)/kernels/$(KVER)/release 2> /dev/null || echo $(KVER))
MODULES_TO = $(DESTDIR)/lib/modules/$(INSTALLED_RELEASE)/updates
DKMS_NAME := portside-$(VERSION)

$(MAN)/portside.1: $(BIN)/portside scripts/manual docs/man/portside.1.in
	@mkdir -p $(@D)
	@PORTSIDE=$< scripts/manual man > $@
	@PORTSIDE=$< scripts/manual bash > $(MAN)/portside.bash
	@PORTSIDE=$< scripts/manual zsh > $(MAN)/_portside

##@ Install
.PHONY: install
install: modules install-program ## modules to updates/, the program, rules, pages, hooks (DESTDIR=, KVER=)
	install -d $(MODULES_TO)
	install -m 0644 $(BUILD)/$(INSTALLED_RELEASE)/*.ko $(MODULES_TO)/
	@packaging/refresh "$(DESTDIR)" "$(INSTALLED_RELEASE)"

# MODE:SOURCE:TARGET below $(PREFIX), all but the modules: the one list that
# install and uninstall go by.
INSTALLED := \
	0755:$(BIN)/portside:bin/portside \
	0644:udev/60-portside.rules:lib/udev/rules.d/60-portside.rules \
	0755:udev/portside-links:lib/portside/links \
	0644:$(MAN)/portside.1:share/man/man1/portside.1 \
	$(foreach page,$(notdir $(wildcard docs/man/*.4)),0644:docs/man/$(page):share/man/man4/$(page)) \
	0644:$(MAN)/portside.bash:share/bash-completion/completions/portside \
	0644:$(MAN)/_portside:share/zsh/vendor-completions/_portside \
	0644:packaging/portside-agent.service:lib/systemd/system/portside-agent.service \
	0755:packaging/initramfs-tools/portside:share/initramfs-tools/hooks/portside \
	0755:packaging/dracut/70portside/module-setup.sh:lib/dracut/modules.d/70portside/module-setup.sh \
	0644:packaging/dracut/70portside/portside.conf:lib/dracut/modules.d/70portside/portside.conf \
	0644:packaging/mkinitcpio/portside:lib/initcpio/install/portside
INSTALLED_PATHS = $(foreach entry,$(INSTALLED),$(PREFIX)/$(word 3,$(subst :, ,$(entry))))

.PHONY: install-program
install-program: $(BIN)/portside $(MAN)/portside.1
	@set -e; for entry in $(INSTALLED); do \
		mode=$${entry%%:*} rest=$${entry#*:}; \
		echo "install $(DESTDIR)$(PREFIX)/$${rest#*:}"; \
		install -D -m $$mode $${rest%%:*} "$(DESTDIR)$(PREFIX)/$${rest#*:}"; \
	done

# Folders go when nothing else is in them: ours everywhere, all others only
# where install was told to stage.
.PHONY: uninstall
uninstall: ## take out what install put in (same DESTDIR=, KVER=)
	rm -f $(foreach module,virtio_console ftdi_sio kgdboc,$(MODULES_TO)/$(module).ko)
	rm -f $(addprefix $(DESTDIR),$(INSTALLED_PATHS))
	@if [ -z "$(DESTDIR)" ]; then \
		for folder in $(MODULES_TO) $(PREFIX)/lib/portside $(PREFIX)/lib/dracut/modules.d/70portside; do \
			[ ! -d $$folder ] || rmdir --ignore-fail-on-non-empty $$folder; \
		done; \
	else \
		cd "$(DESTDIR)" && for path in $(INSTALLED_PATHS) $(MODULES_TO:$(DESTDIR)%=%)/module; do \
			folder=$${path%/*}; \
			[ ! -d ".$$folder" ] || rmdir -p --ignore-fail-on-non-empty "$${folder#/}"; \
		done; \
	fi
	@packaging/refresh "$(DESTDIR)" "$(INSTALLED_RELEASE)"

# What compiling the modules needs, and nothing else.
.PHONY: dkms-tree
dkms-tree:
	install -d $(DESTDIR)/usr/src/$(DKMS_NAME)/scripts
	cp -r Kbuild drivers dkms.conf $(DESTDIR)/usr/src/$(DKMS_NAME)/
	cp scripts/modules $(DESTDIR)/usr/src/$(DKMS_NAME)/scripts/

.PHONY: dkms
dkms: dkms-tree ## modules by DKMS, for every kernel there is and comes
	dkms add -m portside -v $(VERSION) 2> /dev/null || true
	dkms install --force -m portside -v $(VERSION) $(if $(filter command line,$(origin KVER)),-k $(KVER))

.PHONY: deb
deb: ## build/deb/portside_*.deb and portside-dkms_*.deb
	@scripts/setup build package
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/portside-$(VERSION)
	@git archive HEAD | tar -x -C $(BUILD)/deb/portside-$(VERSION)
	cd $(BUILD)/deb/portside-$(VERSION) && dpkg-buildpackage -b -us -uc
	@rm -rf $(BUILD)/deb/portside-$(VERSION)
	@ls $(BUILD)/deb/*.deb
