// SPDX-License-Identifier: GPL-2.0
/*
 * The stop core of this module's own: so far only its entry in the table.
 */
#include <linux/errno.h>

#include "../core.h"

static bool own_available(const char **why)
{
	*why = "this version of the module has no core of its own";
	return false;
}

static int own_attach(struct kgdboc_line *line, bool stop)
{
	return -EOPNOTSUPP;
}

static void own_nothing(void)
{
}

static bool own_busy(void)
{
	return false;
}

const struct kgdboc_core_ops kgdboc_core_own = {
	.name = "own",
	.available = own_available,
	.attach = own_attach,
	.detach = own_nothing,
	.busy = own_busy,
	.stop = own_nothing,
};
