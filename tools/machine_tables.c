// SPDX-License-Identifier: GPL-2.0
/* The devices and chardevs of a machine, as a thing in memory. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static const struct {
	const char *type;
	enum device_kind kind;
} kinds[] = {
	{ "virtserialport", DEVICE_PORT },     { "virtconsole", DEVICE_CONSOLE },
	{ "usb-serial", DEVICE_USB_SERIAL },   { "isa-serial", DEVICE_UART },
	{ "spicevmc", DEVICE_PORT },
};

static void *add(void **list, size_t *count, size_t size)
{
	void *larger = realloc(*list, (*count + 1) * size);

	if (!larger)
		return NULL;
	*list = larger;
	return memset((char *)larger + (*count)++ * size, 0, size);
}

/**
 * machine_add_device() - one more device
 * @machine: grows
 * @type: QEMU's name of it
 *
 * Return: the device, or NULL if the type is none of ours or there is no memory.
 */
struct device *machine_add_device(struct machine *machine, const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct device *device;

		if (strcmp(type, kinds[i].type))
			continue;
		device = add((void **)&machine->devices, &machine->device_count, sizeof(*device));
		if (device) {
			device->kind = kinds[i].kind;
			device->number = -1;
			strcpy(device->type, kinds[i].type);
		}
		return device;
	}
	return NULL;
}

/**
 * machine_add_chardev() - one more chardev
 * @machine: grows
 *
 * Return: the chardev, or NULL without memory.
 */
struct chardev *machine_add_chardev(struct machine *machine)
{
	return add((void **)&machine->chardevs, &machine->chardev_count, sizeof(struct chardev));
}

/**
 * machine_user() - which device is in front of a chardev
 * @machine: complete
 * @chardev: its label
 *
 * Return: the device, or NULL.
 */
const struct device *machine_user(const struct machine *machine, const char *chardev)
{
	for (size_t i = 0; i < machine->device_count; i++)
		if (!strcmp(machine->devices[i].chardev, chardev))
			return &machine->devices[i];
	return NULL;
}

/**
 * machine_free() - give its memory back
 * @machine: empty afterwards
 */
void machine_free(struct machine *machine)
{
	free(machine->devices);
	free(machine->chardevs);
	*machine = (struct machine){ 0 };
}
