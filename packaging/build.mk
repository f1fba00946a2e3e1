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
	@scripts/manual man > $@
	@scripts/manual bash > $(MAN)/portside.bash
	@scripts/manual zsh > $(MAN)/_portside

##@ Install
.PHONY: install
install: modules install-program ## modules to updates/, the program, rules, pages, hooks (DESTDIR=, KVER=)
	install -d $(MODULES_TO)
	install -m 0644 $(BUILD)/$(INSTALLED_RELEASE)/*.ko $(MODULES_TO)/
	@packaging/refresh "$(DESTDIR)" "$(INSTALLED_RELEASE)"

.PHONY: install-program
install-program: $(BIN)/portside $(MAN)/portside.1
	install -D -m 0755 $(BIN)/portside $(DESTDIR)$(PREFIX)/bin/portside
	install -D -m 0644 udev/60-portside.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-portside.rules
	install -D -m 0755 udev/portside-links $(DESTDIR)$(PREFIX)/lib/portside/links
	install -D -m 0644 $(MAN)/portside.1 $(DESTDIR)$(PREFIX)/share/man/man1/portside.1
	install -d $(DESTDIR)$(PREFIX)/share/man/man4
	install -m 0644 docs/man/*.4 $(DESTDIR)$(PREFIX)/share/man/man4/
	install -D -m 0644 $(MAN)/portside.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/portside
	install -D -m 0644 $(MAN)/_portside $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_portside
	install -D -m 0644 packaging/portside-agent.service \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/portside-agent.service
	install -D -m 0755 packaging/initramfs-tools/portside \
		$(DESTDIR)$(PREFIX)/share/initramfs-tools/hooks/portside
	install -D -m 0755 packaging/dracut/70portside/module-setup.sh \
		$(DESTDIR)$(PREFIX)/lib/dracut/modules.d/70portside/module-setup.sh
	install -m 0644 packaging/dracut/70portside/portside.conf \
		$(DESTDIR)$(PREFIX)/lib/dracut/modules.d/70portside/portside.conf
	install -D -m 0644 packaging/mkinitcpio/portside \
		$(DESTDIR)$(PREFIX)/lib/initcpio/install/portside

.PHONY: uninstall
uninstall: ## take out what install put in (same DESTDIR=, KVER=)
	rm -f $(foreach module,virtio_console ftdi_sio kgdboc,$(MODULES_TO)/$(module).ko)
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/portside lib/udev/rules.d/60-portside.rules \
		share/man/man1/portside.1 share/bash-completion/completions/portside \
		$(patsubst docs/man/%,share/man/man4/%,$(wildcard docs/man/*.4)) \
		share/zsh/vendor-completions/_portside lib/systemd/system/portside-agent.service \
		share/initramfs-tools/hooks/portside lib/initcpio/install/portside)
	rm -rf $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/70portside $(DESTDIR)$(PREFIX)/lib/portside
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
