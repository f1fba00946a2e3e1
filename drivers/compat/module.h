/* SPDX-License-Identifier: GPL-2.0 */
/* Where a module's code lies: all of it, and what goes away after its init. */
#ifndef PORTSIDE_COMPAT_MODULE_H
#define PORTSIDE_COMPAT_MODULE_H

#include <linux/module.h>

#include "compat_probed.h"

struct compat_span {
	unsigned long start;
	unsigned long len;
};

/**
 * compat_module_code - where a module's lasting code lies
 * @module: the module
 *
 * Return: the region.
 */
static inline struct compat_span compat_module_code(const struct module *module)
{
#ifdef HAVE_MODULE_MEMORY
	return (struct compat_span){ (unsigned long)module->mem[MOD_TEXT].base,
				     module->mem[MOD_TEXT].size };
#else
	return (struct compat_span){ (unsigned long)module->core_layout.base,
				     module->core_layout.size };
#endif
}

/**
 * compat_module_init_code - where a module's init code lies
 * @module: the module
 *
 * Return: the region, empty when it has gone.
 */
static inline struct compat_span compat_module_init_code(const struct module *module)
{
#ifdef HAVE_MODULE_MEMORY
	return (struct compat_span){ (unsigned long)module->mem[MOD_INIT_TEXT].base,
				     module->mem[MOD_INIT_TEXT].size };
#else
	return (struct compat_span){ (unsigned long)module->init_layout.base,
				     module->init_layout.size };
#endif
}

#endif
