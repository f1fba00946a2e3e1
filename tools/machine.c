// SPDX-License-Identifier: GPL-2.0
/* What QEMU was told, as QEMU tells it on its monitor. */
#include <stdio.h>
#include <string.h>

#include "machine.h"

/* A property that is a string; false if there is none or it is empty. */
static bool string_of(struct qmp *qmp, const char *path, const char *property, char *out,
		      size_t size)
{
	struct json *answer = qmp_get(qmp, path, property);
	const char *string = json_string(answer, "return");

	snprintf(out, size, "%s", string ? string : "");
	json_free(answer);
	return out[0];
}

static int number_of(struct qmp *qmp, const char *path, const char *property)
{
	struct json *answer = qmp_get(qmp, path, property);
	double number = json_number(answer, "return", -1);

	json_free(answer);
	return number >= 0 && number < 1e9 ? (int)number : -1;
}

/* The serial device a port is on, and where the guest sees it if it is on the root bus. */
static void find_bus(struct qmp *qmp, const char *path, struct device *device)
{
	char parent[PATH_SIZE], *end;
	int place;

	if (!string_of(qmp, path, "parent_bus", device->bus, sizeof(device->bus)))
		return;
	end = strstr(device->bus, "/virtio-backend/");
	if (!end)
		end = strrchr(device->bus, '/');
	if (end)
		*end = '\0';
	place = number_of(qmp, device->bus, "addr");
	if (place < 0 || !string_of(qmp, device->bus, "parent_bus", parent, sizeof(parent)))
		return;
	end = strrchr(parent, '/');
	if (end && (!strcmp(end, "/pcie.0") || !strcmp(end, "/pci.0")))
		snprintf(device->address, sizeof(device->address), "0000:00:%02x.%x",
			 (unsigned int)place >> 3 & 31, (unsigned int)place & 7);
}

static void ask_device(struct machine *machine, struct qmp *qmp, const char *folder,
		       const char *name, const char *type)
{
	struct device *device = machine_add_device(machine, type);
	char path[PATH_SIZE];

	if (!device)
		return;
	snprintf(path, sizeof(path), "%s/%.200s", folder, name);
	if (!strcmp(folder, "/machine/peripheral"))
		snprintf(device->id, sizeof(device->id), "%.127s", name);
	string_of(qmp, path, "chardev", device->chardev, sizeof(device->chardev));
	if (device->kind == DEVICE_PORT || device->kind == DEVICE_CONSOLE) {
		device->named = string_of(qmp, path, "name", device->name, sizeof(device->name));
		device->number = number_of(qmp, path, "nr");
		find_bus(qmp, path, device);
	} else if (device->kind == DEVICE_USB_SERIAL) {
		string_of(qmp, path, "port", device->place, sizeof(device->place));
	} else {
		device->number = number_of(qmp, path, "index");
	}
}

static int ask_devices(struct machine *machine, struct qmp *qmp, const char *folder,
		       struct failure *failure)
{
	struct json *answer = qmp_execute(qmp, failure,
					  "{\"execute\":\"qom-list\",\"arguments\":"
					  "{\"path\":\"%s\"}}\n", folder);
	const struct json *list = json_get(answer, "return");

	for (const struct json *child = list ? list->first : NULL; child; child = child->next) {
		const char *name = json_string(child, "name"), *type = json_string(child, "type");
		char kind[64];

		if (!name || !type || strncmp(type, "child<", 6))
			continue;
		snprintf(kind, sizeof(kind), "%.63s", type + 6);
		kind[strcspn(kind, ">")] = '\0';
		ask_device(machine, qmp, folder, name, kind);
	}
	json_free(answer);
	return answer ? 0 : -1;
}

static int ask_chardevs(struct machine *machine, struct qmp *qmp, struct failure *failure)
{
	struct json *answer = qmp_execute(qmp, failure, "{\"execute\":\"query-chardev\"}\n");
	const struct json *list = json_get(answer, "return");

	for (const struct json *one = list ? list->first : NULL; one; one = one->next) {
		struct chardev *chardev = machine_add_chardev(machine);
		const char *label = json_string(one, "label"), *to = json_string(one, "filename");

		if (!chardev)
			break;
		snprintf(chardev->label, sizeof(chardev->label), "%.127s", label ? label : "");
		snprintf(chardev->target, sizeof(chardev->target), "%s", to ? to : "");
		chardev->open = json_true(one, "frontend-open");
	}
	json_free(answer);
	return answer ? 0 : -1;
}

/**
 * machine_ask() - ask QEMU
 * @machine: receives what it has
 * @qmp: connected
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int machine_ask(struct machine *machine, struct qmp *qmp, struct failure *failure)
{
	if (ask_devices(machine, qmp, "/machine/peripheral", failure) ||
	    ask_devices(machine, qmp, "/machine/peripheral-anon", failure))
		return -1;
	return ask_chardevs(machine, qmp, failure);
}
