# SPDX-License-Identifier: GPL-2.0
# Installing: packages, DKMS, other tools' images. More than `make check` has
# the time and the packages for.

.PHONY: check-long
check-long: tools ## installing: packages, DKMS in a fresh Debian, images of initramfs-tools and dracut (20 minutes)
	@scripts/setup build guest test package
	@scripts/kernel fetch $(GUEST)
	@scripts/modules $(GUEST)
	@mkdir -p $(RESULTS)
	GUEST=$(GUEST) /usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/packaging \
		--junitxml=$(RESULTS)/packaging.xml
