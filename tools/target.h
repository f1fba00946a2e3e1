/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which guest a host command talks to: finding it among those running, and keeping it
 * for one command at a time.
 */
#ifndef PORTSIDE_TARGET_H
#define PORTSIDE_TARGET_H

#include "options.h"

/**
 * struct target - a guest
 * @name: its name, or the control address
 * @directory: its directory with control.sock, data.sock, qmp.sock and pid; or ""
 * @control: address of the control port
 * @data: address of the data port, or ""
 * @lock: descriptor of the lock file while it is held, or -1
 */
struct target {
	char name[NAME_SIZE];
	char directory[PATH_SIZE];
	char control[PATH_SIZE];
	char data[PATH_SIZE];
	int lock;
};

int target_find(struct target *target, const struct common_options *options,
		struct failure *failure);
int target_lock(struct target *target, struct failure *failure);
void target_unlock(struct target *target);
int target_run_directory(char *path, size_t size, struct failure *failure);
bool target_is_running(const char *directory);

#endif
