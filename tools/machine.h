/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What QEMU was told about character devices: asked on its monitor, or read from its
 * command line where the monitor is not to be had.
 */
#ifndef PORTSIDE_MACHINE_H
#define PORTSIDE_MACHINE_H

#include "qmp.h"

enum device_kind { DEVICE_PORT, DEVICE_CONSOLE, DEVICE_USB_SERIAL, DEVICE_UART, DEVICE_OTHER };

/**
 * struct device - one device with a chardev behind it
 * @kind: what it is
 * @type: QEMU's name of that: virtserialport
 * @id: the user's, or ""
 * @named: it was given a name
 * @name: the name
 * @number: of the port (nr=), or -1 where QEMU chooses and does not tell
 * @bus: which serial device it is on; the same text for the same device, or ""
 * @address: where the guest sees that device, 0000:00:03.0, or ""
 * @place: of a USB device, the number of its USB port, or ""
 * @chardev: what is behind it
 */
struct device {
	enum device_kind kind;
	char type[48];
	char id[128];
	bool named;
	char name[NAME_SIZE];
	int number;
	char bus[PATH_SIZE];
	char address[64];
	char place[32];
	char chardev[128];
};

/**
 * struct chardev - one of QEMU's chardevs
 * @label: its id
 * @target: what it leads to, in QEMU's words
 * @open: its frontend is open: 0, 1 or -1 for not known
 */
struct chardev {
	char label[128];
	char target[PATH_SIZE];
	int open;
};

/**
 * struct machine - all of them
 * @devices: in no particular order
 * @device_count: how many
 * @chardevs: as QEMU lists them
 * @chardev_count: how many
 */
struct machine {
	struct device *devices;
	size_t device_count;
	struct chardev *chardevs;
	size_t chardev_count;
};

struct device *machine_add_device(struct machine *machine, const char *type);
struct chardev *machine_add_chardev(struct machine *machine);
const struct device *machine_user(const struct machine *machine, const char *chardev);
int machine_ask(struct machine *machine, struct qmp *qmp, struct failure *failure);
int machine_read_command(struct machine *machine, const char *words, size_t size,
			 struct failure *failure);
int machine_read_process(struct machine *machine, int process, struct failure *failure);
void machine_free(struct machine *machine);

#endif
