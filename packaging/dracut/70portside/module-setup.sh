#!/bin/bash
# dracut module: Portside's modules (updates/ comes before the kernel's own) and
# its udev rules, in images made for other machines too.

check() {
	return 0
}

depends() {
	echo udev-rules
}

installkernel() {
	hostonly='' instmods virtio_console ftdi_sio virtio_pci virtio_mmio xhci_pci
	# No fault where this kernel has none.
	hostonly='' instmods -s kgdboc
}

install() {
	inst_rules 60-portside.rules
	# Untagged: of a port that systemd has from the image it would not start the
	# agent after the switch of roots. udev tags it there.
	# shellcheck disable=SC2154 # dracut sets it
	find "$initdir" \( -name 60-portside.rules -o -name 99-systemd.rules \) -exec sed -i \
		-e '/virtio-ports/s/, TAG+="systemd"//' -e '/^KERNEL=="vport/d' {} +
	# shellcheck disable=SC2154 # and this
	inst_simple "$moddir/portside.conf" /etc/modules-load.d/portside.conf
}
