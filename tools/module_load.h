/* SPDX-License-Identifier: GPL-2.0 */
/* Loads modules with what they need. */
#ifndef PORTSIDE_MODULE_LOAD_H
#define PORTSIDE_MODULE_LOAD_H

#include "module_index.h"

typedef int (*module_insert)(const struct module_index *index, struct module *module);

int module_insert_here(const struct module_index *index, struct module *module);
int module_load(struct module_index *index, struct module *module, module_insert insert);
bool module_is_live(const char *name);

#endif
