/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's parameter as a structure. Pure code, also compiled in user
 * space for the unit tests. The grammar is the in-tree module's
 *	[kms,][kbd|kdb[,]][<tty><n>[,<options>]]
 * and two lines of ours
 *	vport:<name>
 *	uart:io|mmio,<address>[,<baud>]
 */
#ifndef KGDBOC_CONFIG_H
#define KGDBOC_CONFIG_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint64_t u64;
#endif

#define KGDBOC_CONFIG_MAX 128	/* the parameter with its NUL */

enum kgdboc_line_kind {
	KGDBOC_NONE,		/* unconfigured */
	KGDBOC_KEYBOARD,	/* kdb on the keyboard and screen alone */
	KGDBOC_TTY,
	KGDBOC_VPORT,
	KGDBOC_UART,
};

struct kgdboc_config {
	char text[KGDBOC_CONFIG_MAX];	/* as written, without the line end */
	enum kgdboc_line_kind kind;
	bool kms;		/* switch to the console's mode setting when stopped */
	bool keyboard;		/* kdb reads the keyboard as well */
	char name[KGDBOC_CONFIG_MAX];	/* of the tty ("ttyS1") or of the port */
	size_t name_prefix;	/* characters of the tty's name before its number */
	unsigned int index;	/* the tty's number */
	char options[KGDBOC_CONFIG_MAX];	/* of the tty, "" for none */
	bool mmio;		/* the UART's registers are memory, not I/O ports */
	u64 address;
	unsigned int baud;	/* 0: leave the rate as it is */
};

int kgdboc_config_parse(struct kgdboc_config *config, const char *text, const char **why);
bool kgdboc_options_plain(const char *options);
unsigned int kgdboc_options_baud(const char *options);

#endif
