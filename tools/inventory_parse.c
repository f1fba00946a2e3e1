// SPDX-License-Identifier: GPL-2.0
/* The inventory of a guest from what "portside ls --json" printed there. */
#include <string.h>

#include "inventory.h"
#include "json.h"

static void take(char *out, size_t size, const struct json *map, const char *key)
{
	const char *string = json_string(map, key);

	snprintf(out, size, "%s", string ? string : "");
}

static int state(const struct json *map, const char *key)
{
	const struct json *value = json_get(map, key);

	return value && value->kind == JSON_TRUE ? 1 : value && value->kind == JSON_FALSE ? 0 : -1;
}

/* A number from a guest, kept within what is meant. */
static int small(const struct json *map, const char *key, int otherwise)
{
	double number = json_number(map, key, otherwise);

	return number >= -1 && number <= 1e9 ? (int)number : otherwise;
}

static bool parse_port(struct inventory *inventory, const struct json *object)
{
	struct port *port = inventory_add_port(inventory);

	if (!port)
		return false;
	take(port->node, sizeof(port->node), object, "node");
	port->index = small(object, "index", -1);
	port->id = small(object, "id", -1);
	port->virtio = small(object, "virtio", -1);
	take(port->device, sizeof(port->device), object, "device");
	port->named = json_string(object, "name");
	take(port->name, sizeof(port->name), object, "name");
	take(port->link, sizeof(port->link), object, "link");
	take(port->device_number, sizeof(port->device_number), object, "device_number");
	take(port->node_number, sizeof(port->node_number), object, "node_number");
	port->mode = small(object, "mode", 0);
	port->host_connected = state(object, "host_connected");
	port->guest_connected = state(object, "guest_connected");
	port->console = state(object, "console");
	port->vterm = small(object, "vterm", 0);
	port->sent = json_number(object, "sent", -1);
	port->received = json_number(object, "received", -1);
	port->lost = json_number(object, "lost", -1);
	take(port->user, sizeof(port->user), object, "user");
	return true;
}

static bool parse_line(struct inventory *inventory, const struct json *object)
{
	struct line *line = inventory_add_line(inventory);

	if (!line)
		return false;
	take(line->tty, sizeof(line->tty), object, "tty");
	take(line->driver, sizeof(line->driver), object, "driver");
	take(line->place, sizeof(line->place), object, "place");
	take(line->product, sizeof(line->product), object, "product");
	take(line->serial, sizeof(line->serial), object, "serial");
	take(line->vendor, sizeof(line->vendor), object, "vendor");
	take(line->code, sizeof(line->code), object, "code");
	line->console = state(object, "console") == 1;
	line->opens = state(object, "opens") == 1;
	return true;
}

/**
 * inventory_parse() - read what a guest printed
 * @inventory: receives it
 * @text: the lines; changed
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int inventory_parse(struct inventory *inventory, char *text, struct failure *failure)
{
	int number = 0;

	for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct json *object = json_parse(line);
		const char *event = json_string(object, "event");
		bool done = event;

		number++;
		if (event && !strcmp(event, "port"))
			done = parse_port(inventory, object);
		else if (event && !strcmp(event, "line"))
			done = parse_line(inventory, object);
		json_free(object);
		if (!done)
			return fail(failure, STATUS_REMOTE, "line %d of the guest's report is not "
				    "what \"portside ls --here --json\" prints", number);
	}
	inventory_sort(inventory);
	return 0;
}
