// SPDX-License-Identifier: GPL-2.0
/*
 * A virtio port by its name, through the polled interface of our
 * virtio_console: frames leave with one kick, and the host's end is known to be
 * open or closed even while the kernel stands.
 */
#include <linux/err.h>
#include <linux/module.h>

#include "../virtio_console/polled.h"
#include "kgdboc.h"

/* Held while a line is open: the module stays. */
static const struct vcon_polled_api *api;

static int vport_open(struct kgdboc_line *line)
{
	struct vcon_polled *polled;

	api = symbol_get(vcon_polled_api);
	if (!api)
		return -EPROBE_DEFER;
	polled = api->claim(line->config.name);
	if (!IS_ERR(polled)) {
		line->data = polled;
		return 0;
	}
	symbol_put(vcon_polled_api);
	switch (PTR_ERR(polled)) {
	case -ENODEV:
	case -EAGAIN:
		return -EPROBE_DEFER;
	case -EBUSY:
		pr_err("%s: the port is open; close it first\n", line->config.text);
		break;
	case -ENXIO:
		pr_err("%s: the port is a console; name its tty (hvc0)\n", line->config.text);
		break;
	}
	return PTR_ERR(polled);
}

static void vport_close(struct kgdboc_line *line)
{
	api->release(line->data);
	symbol_put(vcon_polled_api);
}

static size_t vport_read(struct kgdboc_line *line, u8 *buf, size_t len)
{
	return api->get(line->data, buf, len);
}

static size_t vport_write(struct kgdboc_line *line, const u8 *buf, size_t len)
{
	return api->put(line->data, buf, len);
}

static void vport_flush(struct kgdboc_line *line)
{
	api->kick(line->data);
}

static void vport_hush(struct kgdboc_line *line, bool stands)
{
	api->hush(line->data, stands);
}

static bool vport_host_present(struct kgdboc_line *line)
{
	return api->host_connected(line->data);
}

static void vport_input(void *data, const u8 *bytes, size_t len)
{
	kgdboc_line_input(data, bytes, len);
}

static int vport_watch(struct kgdboc_line *line)
{
	return api->watch(line->data, vport_input, line);
}

static void vport_unwatch(struct kgdboc_line *line)
{
	api->watch(line->data, NULL, NULL);
}

const struct kgdboc_line_ops kgdboc_line_vport = {
	.name = "virtio port",
	.open = vport_open,
	.close = vport_close,
	.read = vport_read,
	.write = vport_write,
	.flush = vport_flush,
	.hush = vport_hush,
	.host_present = vport_host_present,
	.watch = vport_watch,
	.unwatch = vport_unwatch,
};
