/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this guest has of QEMU's character devices: ports, and serial lines. Read from
 * sysfs and /dev here, or from what "portside ls --json" printed in a guest.
 */
#ifndef PORTSIDE_INVENTORY_H
#define PORTSIDE_INVENTORY_H

#include <stdio.h>

#include "failure.h"

/**
 * struct port - one virtio port as the guest has it
 * @node: its name in sysfs and /dev: vport0p1
 * @index: N of vportNpM
 * @id: M of it
 * @virtio: number of its virtio device, or -1
 * @device: where that is: 0000:00:03.0, or the name of a platform device
 * @named: the host gave it a name
 * @name: that name; any bytes
 * @link: the link below /dev/virtio-ports that leads to it, or ""
 * @device_number: what sysfs says, MAJOR:MINOR
 * @node_number: what the node in /dev has, or "" if there is none
 * @mode: permission bits of the node
 * @host_connected: 0, 1, or -1 where the driver does not tell
 * @guest_connected: the same for the guest's end
 * @console: it is a console's, not a port for programs; -1 where that is not told
 * @vterm: number of the console, from 1, or 0
 * @sent: bytes, or -1
 * @received: bytes, or -1
 * @lost: bytes sent that the host did not take, or -1
 * @user: who has it open, or ""
 */
struct port {
	char node[32];
	int index;
	int id;
	int virtio;
	char device[64];
	bool named;
	char name[NAME_SIZE];
	char link[PATH_SIZE];
	char device_number[24];
	char node_number[24];
	int mode;
	int host_connected;
	int guest_connected;
	int console;
	int vterm;
	long long sent;
	long long received;
	long long lost;
	char user[64];
};

/**
 * struct line - one serial line or hypervisor console that can be opened
 * @tty: ttyUSB0, hvc0, ttyS0
 * @driver: of a USB line, its driver; else ""
 * @place: of a USB line, its USB port (1-1); else ""
 * @product: what the device calls itself, or ""
 * @serial: its serial number, or ""
 * @vendor: USB vendor, hexadecimal, or ""
 * @code: USB product, hexadecimal, or ""
 * @console: the kernel's messages go there
 * @opens: it opens and is a terminal
 */
struct line {
	char tty[32];
	char driver[32];
	char place[64];
	char product[128];
	char serial[64];
	char vendor[8];
	char code[8];
	bool console;
	bool opens;
};

/**
 * struct inventory - all of them
 * @ports: in the order of their nodes
 * @port_count: how many
 * @lines: in the order of their names
 * @line_count: how many
 */
struct inventory {
	struct port *ports;
	size_t port_count;
	struct line *lines;
	size_t line_count;
};

struct port *inventory_add_port(struct inventory *inventory);
struct line *inventory_add_line(struct inventory *inventory);
void inventory_sort(struct inventory *inventory);
void inventory_free(struct inventory *inventory);
void inventory_scan(struct inventory *inventory);
void inventory_print_json(const struct inventory *inventory, FILE *out);
void inventory_print_text(const struct inventory *inventory, FILE *out);
int inventory_parse(struct inventory *inventory, char *text, struct failure *failure);

#endif
