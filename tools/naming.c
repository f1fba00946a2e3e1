// SPDX-License-Identifier: GPL-2.0
/*
 * Naming. Within the guest: a node's number is that of sysfs, its minor is the port's id,
 * its N is the number of its virtio device, its link is the one its name makes. Against
 * QEMU: each port is there, under its number and name, on its device; each USB line
 * and console has a tty.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "linkname.h"
#include "naming.h"
#include "text.h"

static void __attribute__((format(printf, 4, 5)))
find(struct findings *findings, bool bad, const char *about, const char *format, ...)
{
	char text[1024], printable[1024], subject[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_printable(printable, sizeof(printable), text);
	text_printable(subject, sizeof(subject), about);
	if (bad)
		findings->bad++;
	else
		findings->good++;
	findings->tell(findings->owner, bad, subject, printable);
}

/* The port that comes last among those of the same link holds it. */
static bool shares_link(const struct inventory *guest, const struct port *port, const char *link)
{
	char other[PATH_SIZE];

	for (size_t i = 0; i < guest->port_count; i++)
		if (&guest->ports[i] != port && guest->ports[i].named &&
		    link_name(other, sizeof(other), guest->ports[i].name) &&
		    !strcmp(other, link) && !strcmp(guest->ports[i].link, link))
			return true;
	return false;
}

static bool check_link(const struct inventory *guest, const struct port *port,
		       struct findings *findings)
{
	char wanted[PATH_SIZE] = "";

	if (port->named)
		link_name(wanted, sizeof(wanted), port->name);
	if (!strcmp(port->link, wanted))
		return true;
	if (wanted[0] && shares_link(guest, port, wanted))
		return true;
	if (!wanted[0])
		find(findings, true, port->node,
		     "/dev/virtio-ports/%.300s leads here, but its name makes no link",
		     port->link);
	else if (!port->link[0])
		find(findings, true, port->node,
		     "no link /dev/virtio-ports/%.300s leads here: are its rules installed "
		     "(udev/60-portside.rules), or is there no udev? \"portside doctor\" tells",
		     wanted);
	else
		find(findings, true, port->node,
		     "/dev/virtio-ports/%.300s leads here instead of %.300s", port->link, wanted);
	return false;
}

static bool check_numbers(const struct port *port, struct findings *findings)
{
	const char *minor = strchr(port->device_number, ':');
	size_t before = findings->bad;

	if (!port->node_number[0])
		find(findings, true, port->node, "there is no node /dev/%s (devtmpfs makes it; "
		     "is it mounted?)", port->node);
	else if (strcmp(port->node_number, port->device_number))
		find(findings, true, port->node, "/dev/%s is device %s, sysfs says %s",
		     port->node, port->node_number, port->device_number);
	if (minor && atoi(minor + 1) != port->id)
		find(findings, true, port->node, "its minor is %s, its port's number %d",
		     minor + 1, port->id);
	if (port->virtio >= 0 && port->virtio != port->index)
		find(findings, true, port->node, "it is on virtio%d, so its name should begin "
		     "with vport%d", port->virtio, port->virtio);
	return findings->bad == before;
}

/**
 * naming_check_guest() - is a guest's naming consistent by itself?
 * @guest: what it has
 * @findings: told about what is not, and one line about all that is
 */
void naming_check_guest(const struct inventory *guest, struct findings *findings)
{
	size_t good = 0;

	for (size_t i = 0; i < guest->port_count; i++) {
		const struct port *port = &guest->ports[i];
		bool numbers = check_numbers(port, findings);

		good += check_link(guest, port, findings) && numbers;
	}
	if (good)
		find(findings, false, "guest", "%zu of %zu ports have the node, the numbers and "
		     "the link that belong to them", good, guest->port_count);
}

static bool is_port_of(const struct port *port, const struct device *device)
{
	if (device->named != port->named || (device->named && strcmp(device->name, port->name)))
		return false;
	if (device->number >= 0 && port->id != device->number)
		return false;
	return !device->address[0] || !strcmp(device->address, port->device);
}

static const struct port *find_port(const struct inventory *guest, const struct device *device,
				    bool by_name_only)
{
	for (size_t i = 0; i < guest->port_count; i++) {
		const struct port *port = &guest->ports[i];

		if (by_name_only ? device->named && port->named &&
				   !strcmp(device->name, port->name) :
				   is_port_of(port, device))
			return port;
	}
	return NULL;
}

static const char *label(const struct device *device, char *out, size_t size)
{
	if (device->named)
		snprintf(out, size, "%s", device->name);
	else if (device->number >= 0)
		snprintf(out, size, "%s nr=%d", device->type, device->number);
	else
		snprintf(out, size, "%s %s", device->type,
			 device->id[0] ? device->id : device->chardev);
	return out;
}

static void check_console(const struct port *port, const struct device *device,
			  const char *about, struct findings *findings)
{
	bool wanted = device->kind == DEVICE_CONSOLE;

	if (port->console >= 0 && port->console != wanted)
		find(findings, true, about, "QEMU has a %s, in the guest %s is %sa console",
		     device->type, port->node, port->console ? "" : "not ");
}

static const struct port *check_port(const struct inventory *guest, const struct device *device,
				     struct findings *findings)
{
	const struct port *port = find_port(guest, device, false), *other;
	char about[2 * NAME_SIZE];

	label(device, about, sizeof(about));
	if (port) {
		find(findings, false, about, "%s%s%.300s", port->node,
		     port->link[0] ? ", /dev/virtio-ports/" : "", port->link);
		check_console(port, device, about, findings);
		return port;
	}
	other = find_port(guest, device, true);
	if (other)
		find(findings, true, about, "QEMU has it as number %d%s%s, the guest as %s at %s",
		     device->number, device->address[0] ? " at " : "", device->address,
		     other->node, other->device);
	else
		find(findings, true, about, "QEMU has this %s, the guest has no such port",
		     device->type);
	return other;
}

static void check_strangers(const struct inventory *guest, const struct port *const *known,
			    size_t known_count, struct findings *findings)
{
	for (size_t i = 0; i < guest->port_count; i++) {
		const struct port *port = &guest->ports[i];
		bool found = false;

		for (size_t j = 0; j < known_count; j++)
			found |= known[j] == port;
		if (!found)
			find(findings, true, port->node, "the guest has this port%s%s, QEMU was "
			     "told nothing of it", port->named ? " " : "", port->name);
	}
}

/* Ports of one serial device share their N, those of two do not. */
static void check_devices(const struct machine *machine, const struct port *const *ports,
			  struct findings *findings)
{
	for (size_t i = 0; i < machine->device_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct device *a = &machine->devices[i], *b = &machine->devices[j];
			bool same = !strcmp(a->bus, b->bus);

			if (!ports[i] || !ports[j] || !a->bus[0] || !b->bus[0] ||
			    same == (ports[i]->index == ports[j]->index))
				continue;
			find(findings, true, ports[i]->node, "it is on %s serial device as %s",
			     same ? "another" : "the same", ports[j]->node);
		}
}

static bool is_at(const struct line *line, const struct device *device)
{
	const char *dash = strchr(line->place, '-');

	return !device->place[0] || !dash || !strcmp(dash + 1, device->place);
}

static void check_usb(const struct machine *machine, const struct inventory *guest,
		      struct findings *findings)
{
	size_t wanted = 0, there = 0;

	for (size_t i = 0; i < machine->device_count; i++) {
		const struct device *device = &machine->devices[i];
		const struct line *found = NULL;

		if (device->kind != DEVICE_USB_SERIAL)
			continue;
		wanted++;
		for (size_t j = 0; j < guest->line_count; j++)
			if (guest->lines[j].place[0] && is_at(&guest->lines[j], device))
				found = &guest->lines[j];
		if (!found)
			find(findings, true, device->id[0] ? device->id : device->type,
			     "the guest has no line for this usb-serial%s%s; QEMU attaches it only "
			     "while its chardev is open, or with always-plugged=on",
			     device->place[0] ? " at USB port " : "", device->place);
	}
	for (size_t j = 0; j < guest->line_count; j++) {
		const struct line *line = &guest->lines[j];

		if (!line->place[0] || strcmp(line->vendor, "0403"))
			continue;
		there++;
		find(findings, !line->opens, line->tty, "%s at USB port %s%s", line->driver,
		     line->place, line->opens ? "" : " does not open");
	}
	if (there > wanted)
		find(findings, true, "usb-serial", "the guest has %zu such lines, QEMU %zu",
		     there, wanted);
	else if (there < wanted)
		find(findings, true, "usb-serial", "QEMU has %zu such lines, the guest %zu",
		     wanted, there);
}

/* Consoles of ports and UARTs: as many terminals that open as QEMU has. */
static void count_lines(const struct machine *machine, const struct inventory *guest,
			enum device_kind kind, const char *prefix, struct findings *findings)
{
	size_t wanted = 0, there = 0;

	for (size_t i = 0; i < machine->device_count; i++)
		wanted += machine->devices[i].kind == kind;
	for (size_t j = 0; j < guest->line_count; j++)
		there += guest->lines[j].opens &&
			 !strncmp(guest->lines[j].tty, prefix, strlen(prefix)) &&
			 guest->lines[j].tty[strlen(prefix)] <= '9';
	if (wanted || there)
		find(findings, wanted != there, prefix, "QEMU has %zu, of the guest's %zu open%s",
		     wanted, there, there == 1 ? "s" : "");
}

/**
 * naming_check() - is the guest's naming what QEMU was told?
 * @machine: what QEMU was told
 * @guest: what the guest has
 * @findings: told about each port and line, and about what does not fit
 */
void naming_check(const struct machine *machine, const struct inventory *guest,
		  struct findings *findings)
{
	const struct port **ports = calloc(machine->device_count + 1, sizeof(*ports));

	if (!ports)
		return;
	for (size_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].kind == DEVICE_PORT ||
		    machine->devices[i].kind == DEVICE_CONSOLE)
			ports[i] = check_port(guest, &machine->devices[i], findings);
	check_strangers(guest, ports, machine->device_count, findings);
	check_devices(machine, ports, findings);
	check_usb(machine, guest, findings);
	count_lines(machine, guest, DEVICE_CONSOLE, "hvc", findings);
	count_lines(machine, guest, DEVICE_UART, "ttyS", findings);
	naming_check_guest(guest, findings);
	free(ports);
}
