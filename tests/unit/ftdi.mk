# SPDX-License-Identifier: GPL-2.0
UNIT_TESTS += test_ftdi_baud test_ftdi_chip test_ftdi_cbus test_ftdi_devices test_ftdi_packet
test_ftdi_baud_SOURCES := drivers/ftdi_sio/baud.c
test_ftdi_chip_SOURCES := drivers/ftdi_sio/chip.c
test_ftdi_cbus_SOURCES := drivers/ftdi_sio/cbus.c
test_ftdi_packet_SOURCES := drivers/ftdi_sio/packet.c

# The id table as the module gets it, against the aliases of the in-tree module.
test_ftdi_devices_SOURCES := $(UNIT_DIR)/ftdi/devices.h
test_ftdi_devices_CFLAGS := -I$(UNIT_DIR)/ftdi

$(UNIT_DIR)/ftdi/devices.h: drivers/ftdi_sio/devices.list drivers/ftdi_sio/devices.awk
	@mkdir -p $(@D)
	awk -f drivers/ftdi_sio/devices.awk $< > $@
