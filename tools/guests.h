/* SPDX-License-Identifier: GPL-2.0 */
/* The guests that run on this host: one folder each in the run directory. */
#ifndef PORTSIDE_GUESTS_H
#define PORTSIDE_GUESTS_H

#include "machine.h"

/**
 * struct guest - one folder
 * @name: of the guest
 * @directory: its folder
 * @process: QEMU, or 0 if its id is not known
 * @running: QEMU is alive
 */
struct guest {
	char name[NAME_SIZE];
	char directory[PATH_SIZE];
	int process;
	bool running;
};

int guests_list(struct guest **guests, size_t *count, const char *run);
bool guest_of(struct guest *guest, const char *directory, const char *name);
int guest_describe(const struct guest *guest, struct machine *machine, char *how, size_t size,
		   struct failure *failure);

#endif
