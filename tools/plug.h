/* SPDX-License-Identifier: GPL-2.0 */
/* Modules for the devices that are there, and what follows from events of devices. */
#ifndef PORTSIDE_PLUG_H
#define PORTSIDE_PLUG_H

#include "module_index.h"

void plug_present(struct module_index *index);
void plug_follow(struct module_index *index, int events, const char *notices);

#endif
