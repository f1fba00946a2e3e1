// SPDX-License-Identifier: GPL-2.0
/* The inventory as a thing in memory, as lines for people and as lines of JSON. */
#include <stdlib.h>
#include <string.h>

#include "inventory.h"
#include "text.h"

static void *add(void **list, size_t *count, size_t size)
{
	void *larger = realloc(*list, (*count + 1) * size);

	if (!larger)
		return NULL;
	*list = larger;
	return memset((char *)larger + (*count)++ * size, 0, size);
}

/**
 * inventory_add_port() - one more port
 * @inventory: grows
 *
 * Return: the port, all zero, or NULL without memory; valid until the next one is added.
 */
struct port *inventory_add_port(struct inventory *inventory)
{
	return add((void **)&inventory->ports, &inventory->port_count, sizeof(struct port));
}

/**
 * inventory_add_line() - one more line
 * @inventory: grows
 *
 * Return: as for inventory_add_port().
 */
struct line *inventory_add_line(struct inventory *inventory)
{
	return add((void **)&inventory->lines, &inventory->line_count, sizeof(struct line));
}

static int by_place(const void *left, const void *right)
{
	const struct port *a = left, *b = right;

	return a->index != b->index ? a->index - b->index : a->id - b->id;
}

static int by_name(const void *left, const void *right)
{
	return strverscmp(((const struct line *)left)->tty, ((const struct line *)right)->tty);
}

/**
 * inventory_sort() - put ports and lines in their order
 * @inventory: complete
 */
void inventory_sort(struct inventory *inventory)
{
	if (inventory->ports)
		qsort(inventory->ports, inventory->port_count, sizeof(struct port), by_place);
	if (inventory->lines)
		qsort(inventory->lines, inventory->line_count, sizeof(struct line), by_name);
}

/**
 * inventory_free() - give its memory back
 * @inventory: empty afterwards
 */
void inventory_free(struct inventory *inventory)
{
	free(inventory->ports);
	free(inventory->lines);
	*inventory = (struct inventory){ 0 };
}

static void member(FILE *out, const char *key, const char *value)
{
	fprintf(out, ",\"%s\":", key);
	text_json_string(out, value);
}

static void state(FILE *out, const char *key, int value)
{
	fprintf(out, ",\"%s\":%s", key, value < 0 ? "null" : value ? "true" : "false");
}

static void counter(FILE *out, const char *key, long long value)
{
	if (value >= 0)
		fprintf(out, ",\"%s\":%lld", key, value);
}

static void port_json(const struct port *port, FILE *out)
{
	fprintf(out, "{\"event\":\"port\",\"node\":\"%s\",\"index\":%d,\"id\":%d,\"virtio\":%d",
		port->node, port->index, port->id, port->virtio);
	member(out, "device", port->device);
	if (port->named)
		member(out, "name", port->name);
	member(out, "link", port->link);
	member(out, "device_number", port->device_number);
	member(out, "node_number", port->node_number);
	fprintf(out, ",\"mode\":%d", port->mode);
	state(out, "host_connected", port->host_connected);
	state(out, "guest_connected", port->guest_connected);
	state(out, "console", port->console);
	counter(out, "vterm", port->vterm);
	counter(out, "sent", port->sent);
	counter(out, "received", port->received);
	counter(out, "lost", port->lost);
	member(out, "user", port->user);
	fputs("}\n", out);
}

static void line_json(const struct line *line, FILE *out)
{
	fprintf(out, "{\"event\":\"line\",\"tty\":\"%s\"", line->tty);
	member(out, "driver", line->driver);
	member(out, "place", line->place);
	member(out, "product", line->product);
	member(out, "serial", line->serial);
	member(out, "vendor", line->vendor);
	member(out, "code", line->code);
	state(out, "console", line->console);
	state(out, "opens", line->opens);
	fputs("}\n", out);
}

/**
 * inventory_print_json() - one object a line
 * @inventory: to be printed
 * @out: where to
 */
void inventory_print_json(const struct inventory *inventory, FILE *out)
{
	for (size_t i = 0; i < inventory->port_count; i++)
		port_json(&inventory->ports[i], out);
	for (size_t i = 0; i < inventory->line_count; i++)
		line_json(&inventory->lines[i], out);
}

static const char *in_words(int state)
{
	return state < 0 ? "?" : state ? "open" : "closed";
}

static void bytes_text(char *out, size_t size, long long bytes)
{
	if (bytes < 0)
		snprintf(out, size, "?");
	else
		text_bytes(out, size, bytes);
}

static void port_text(const struct port *port, FILE *out)
{
	char name[2 * NAME_SIZE], sent[32], received[32], lost[48] = "";

	text_printable(name, sizeof(name), port->name);
	bytes_text(sent, sizeof(sent), port->sent);
	bytes_text(received, sizeof(received), port->received);
	if (port->lost > 0)
		snprintf(lost, sizeof(lost), ", %lld bytes lost", port->lost);
	fprintf(out, "%-10s host %-6s guest %-6s out %8s in %8s%s  %s", port->node,
		in_words(port->host_connected), in_words(port->guest_connected), sent, received,
		lost, port->named ? name : "(no name)");
	if (port->console > 0)
		fprintf(out, "  console hvc%d", port->vterm > 0 ? port->vterm - 1 : 0);
	if (!port->link[0] && port->named)
		fputs("  no link", out);
	if (port->user[0])
		fprintf(out, "  used by %s", port->user);
	putc('\n', out);
}

static void line_text(const struct line *line, FILE *out)
{
	char product[256];

	text_printable(product, sizeof(product), line->product);
	fprintf(out, "%-10s", line->tty);
	if (line->driver[0])
		fprintf(out, " %s at USB port %s: %s (%s:%s)", line->driver, line->place, product,
			line->vendor, line->code);
	else
		fputs(line->tty[0] == 'h' ? " hypervisor console" : " serial line", out);
	fprintf(out, "%s%s\n", line->console ? ", the kernel's console" : "",
		line->opens ? "" : ", does not open");
}

/**
 * inventory_print_text() - for people
 * @inventory: to be printed
 * @out: where to
 */
void inventory_print_text(const struct inventory *inventory, FILE *out)
{
	for (size_t i = 0; i < inventory->port_count; i++)
		port_text(&inventory->ports[i], out);
	for (size_t i = 0; i < inventory->line_count; i++)
		line_text(&inventory->lines[i], out);
}
