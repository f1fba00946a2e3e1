# SPDX-License-Identifier: GPL-2.0
# scripts/mkinitramfs: what is in an image, why, and that it is the same each time.

.PHONY: check-images
check-images: tools ## images: contents, size, the same bytes in another place and time (no guest)
	@mkdir -p $(RESULTS)
	@scripts/kernel fetch $(GUEST)
	@scripts/modules $(GUEST)
	/usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/images \
		--junitxml=$(RESULTS)/images.xml
