/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Are things in the guest named as QEMU was told? Pure code: two descriptions come in,
 * findings go out.
 */
#ifndef PORTSIDE_NAMING_H
#define PORTSIDE_NAMING_H

#include "inventory.h"
#include "machine.h"

/**
 * struct findings - who is told about them
 * @tell: called for each: is it bad, what it is about, and what is found, both printable
 * @owner: for @tell
 * @bad: how many were bad
 * @good: how many were not
 */
struct findings {
	void (*tell)(void *owner, bool bad, const char *about, const char *text);
	void *owner;
	size_t bad;
	size_t good;
};

void naming_check_guest(const struct inventory *guest, struct findings *findings);
void naming_check(const struct machine *machine, const struct inventory *guest,
		  struct findings *findings);

#endif
