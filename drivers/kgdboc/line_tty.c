// SPDX-License-Identifier: GPL-2.0
/*
 * Any tty whose driver can be polled (CONFIG_CONSOLE_POLL). The driver is asked
 * character by character, which is as slow as the driver is; 8250s and virtio
 * ports have lines of their own.
 *
 * The hvc core polls whichever tty is its first, and falls over when nobody has
 * that one open. So an hvc line keeps its own tty open while it is used, and
 * shows the core a driver whose first tty is this one.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/serial_core.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>

#include "../compat/console_list.h"
#include "kgdboc.h"

struct polled_tty {
	struct tty_driver *driver;	/* holds a reference */
	int index;
	struct file *file;		/* keeps an hvc tty there; NULL for others */
	struct tty_driver *first_is_ours;	/* what the hvc core is shown, or NULL */
	struct tty_struct *first[1];
};

static bool is_hvc(const struct kgdboc_config *config)
{
	return config->name_prefix == 3 && !strncmp(config->name, "hvc", 3);
}

/* Opens /dev/hvcN, as a program would that keeps it. */
static int hold_open(struct polled_tty *polled, const struct kgdboc_config *config)
{
	struct tty_driver *driver = polled->driver;
	struct tty_driver *shown;
	struct tty_struct *tty;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/dev/%.*s%d", (int)config->name_prefix, config->name,
		 polled->index);
	polled->file = filp_open(path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
	if (IS_ERR(polled->file)) {
		err = PTR_ERR(polled->file);
		polled->file = NULL;
		/* Neither the node nor the port behind it has to be there yet. */
		return err == -ENOENT || err == -ENODEV || err == -ENXIO ? -EPROBE_DEFER : err;
	}
	tty = polled->index < driver->num ? READ_ONCE(driver->ttys[polled->index]) : NULL;
	if (!tty || !tty->driver_data)
		return -EPROBE_DEFER;
	shown = kmemdup(driver, sizeof(*driver), GFP_KERNEL);
	if (!shown)
		return -ENOMEM;
	polled->first[0] = tty;
	shown->ttys = polled->first;
	shown->num = 1;
	polled->first_is_ours = shown;
	return 0;
}

static void let_go(struct polled_tty *polled)
{
	if (polled->file)
		filp_close(polled->file, NULL);
	kfree(polled->first_is_ours);
	tty_driver_kref_put(polled->driver);
	kfree(polled);
}

static int tty_line_open(struct kgdboc_line *line)
{
	const struct kgdboc_config *config = &line->config;
	struct polled_tty *polled = kzalloc(sizeof(*polled), GFP_KERNEL);
	char name[KGDBOC_CONFIG_MAX];
	int err;

	if (!polled)
		return -ENOMEM;
	/* The function splits the name, and wants the options behind it. */
	snprintf(name, sizeof(name), "%s%s%s", config->name, *config->options ? "," : "",
		 config->options);
	polled->driver = tty_find_polling_driver(name, &polled->index);
	if (!polled->driver) {
		kfree(polled);
		return -EPROBE_DEFER;
	}
	err = is_hvc(config) ? hold_open(polled, config) : 0;
	if (err) {
		let_go(polled);
		return err;
	}
	line->changes_line_ends = !is_hvc(config);
	line->console = compat_console_of_tty(polled->driver, polled->index);
	line->data = polled;
	return 0;
}

static void tty_line_close(struct kgdboc_line *line)
{
	let_go(line->data);
}

/* What the driver's operations are called with; NULL when the tty was hung up. */
static struct tty_driver *poll_driver(struct polled_tty *polled)
{
	if (!polled->first_is_ours)
		return polled->driver;
	return polled->first[0]->driver_data ? polled->first_is_ours : NULL;
}

static size_t tty_line_read(struct kgdboc_line *line, u8 *buf, size_t len)
{
	struct polled_tty *polled = line->data;
	struct tty_driver *driver = poll_driver(polled);
	size_t done = 0;

	while (driver && done < len) {
		int c = driver->ops->poll_get_char(driver, polled->index);

		if (c < 0 || c == NO_POLL_CHAR)
			break;
		buf[done++] = c;
	}
	return done;
}

static size_t tty_line_write(struct kgdboc_line *line, const u8 *buf, size_t len)
{
	struct polled_tty *polled = line->data;
	struct tty_driver *driver = poll_driver(polled);
	size_t done;

	for (done = 0; driver && done < len; done++)
		driver->ops->poll_put_char(driver, polled->index, buf[done]);
	return done;
}

const struct kgdboc_line_ops kgdboc_line_tty = {
	.name = "polled tty",
	.open = tty_line_open,
	.close = tty_line_close,
	.read = tty_line_read,
	.write = tty_line_write,
};
