# SPDX-License-Identifier: GPL-2.0
# The portside program: build/bin/portside for the host and, linked
# statically, build/bin/portside-guest for images.
