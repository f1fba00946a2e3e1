// SPDX-License-Identifier: GPL-2.0
/*
 * The devices of ftdi_sio (devices.list, as the module's build expands it)
 * against the aliases of the in-tree module of Linux 7.3.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/ftdi_sio/board.h"

#define IN_TREE "tests/ftdi/aliases-7.3.txt"
#define FTDI_ANY (-1)

struct device {
	int vid, pid, interface, class, subclass, protocol;
	enum ftdi_board board;
};

#define FTDI_DEVICE(v, p, i, c, s, r, b) { v, p, i, c, s, r, b },
static const struct device devices[] = {
#include "devices.h"
};

#define DEVICES (sizeof(devices) / sizeof(devices[0]))

static void field(char **at, const char *name, int value)
{
	*at += value == FTDI_ANY ? sprintf(*at, "%s*", name) : sprintf(*at, "%s%02X", name, value);
}

/* The alias that modpost makes of an entry. */
static void alias(const struct device *device, char *text)
{
	text += sprintf(text, "usb:v%04Xp%04Xd*dc*dsc*dp*", device->vid, device->pid);
	field(&text, "ic", device->class);
	field(&text, "isc", device->subclass);
	field(&text, "ip", device->protocol);
	field(&text, "in", device->interface);
	if (device->interface != FTDI_ANY)
		strcpy(text, "*");
}

static bool we_have(const char *wanted)
{
	char ours[128];
	size_t i;

	for (i = 0; i < DEVICES; i++) {
		alias(&devices[i], ours);
		if (!strcmp(ours, wanted))
			return true;
	}
	return false;
}

static void every_device_of_the_in_tree_driver_is_ours(void **state)
{
	FILE *file = fopen(IN_TREE, "r");
	unsigned int missing = 0, count = 0;
	char line[128];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		count++;
		if (!we_have(line)) {
			fprintf(stderr, "# not in devices.list: %s\n", line);
			missing++;
		}
	}
	fclose(file);
	assert_int_equal(count, 879);
	assert_int_equal(missing, 0);
}

static void no_device_is_listed_twice(void **state)
{
	char one[128], other[128];
	size_t i, j;

	(void)state;
	for (i = 0; i < DEVICES; i++) {
		alias(&devices[i], one);
		for (j = i + 1; j < DEVICES; j++) {
			alias(&devices[j], other);
			assert_string_not_equal(one, other);
		}
	}
}

static enum ftdi_board board_of(int vid, int pid)
{
	size_t i;

	for (i = 0; i < DEVICES; i++)
		if (devices[i].vid == vid && devices[i].pid == pid)
			return devices[i].board;
	fail_msg("no device %04x:%04x", vid, pid);
	return FTDI_BOARD_PLAIN;
}

static void boards_that_need_care_are_marked(void **state)
{
	int pid;

	(void)state;
	assert_int_equal(board_of(0x0403, 0x6001), FTDI_BOARD_PLAIN);
	assert_int_equal(board_of(0x0403, 0x6010), FTDI_BOARD_FT2232C);
	assert_int_equal(board_of(0x0403, 0xbca4), FTDI_BOARD_JTAG_FIRST);
	assert_int_equal(board_of(0x0483, 0x3747), FTDI_BOARD_STM_CONNECT_LITE);
	assert_int_equal(board_of(0x0403, 0xf850), FTDI_BOARD_USB_UIRT);
	assert_int_equal(board_of(0x0403, 0xfa78), FTDI_BOARD_HE_TIRA1);
	for (pid = 0xda70; pid <= 0xda74; pid++)
		assert_int_equal(board_of(0x0403, pid), FTDI_BOARD_NDI);
	assert_int_equal(board_of(0x23f2, 0x0003), FTDI_BOARD_NDI);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_device_of_the_in_tree_driver_is_ours),
		cmocka_unit_test(no_device_is_listed_twice),
		cmocka_unit_test(boards_that_need_care_are_marked),
	};

	return cmocka_run_group_tests_name("ftdi_devices", tests, NULL, NULL);
}
