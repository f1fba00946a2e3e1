# SPDX-License-Identifier: GPL-2.0
# The model of FTDI's chips that the VM tests plug into QEMU's usb-redir.

FTDI_MODEL := $(BUILD)/tests/ftdi_model
FTDI_MODEL_SOURCES := $(addprefix tests/ftdi/,main.c usb.c bulk.c uart.c chip.c)

$(FTDI_MODEL): $(FTDI_MODEL_SOURCES) tests/ftdi/model.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -g -O2 -Wall -Wextra -Werror -fsanitize=address,undefined \
		-o $@ $(FTDI_MODEL_SOURCES) $$(pkg-config --cflags --libs libusbredirparser-0.5)

.PHONY: ftdi-model
ftdi-model: $(FTDI_MODEL)
