# SPDX-License-Identifier: GPL-2.0
UNIT_TESTS += test_control_rules
test_control_rules_SOURCES := drivers/virtio_console/control_rules.c
