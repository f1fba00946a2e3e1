/* SPDX-License-Identifier: GPL-2.0 */
/* Options that all host commands have: which guest, how long, how talkative. */
#ifndef PORTSIDE_OPTIONS_H
#define PORTSIDE_OPTIONS_H

#include <getopt.h>

#include "program.h"

/**
 * struct common_options - what every host command can be told
 * @guest: -g NAME, or NULL for the only one running
 * @control: --control ADDRESS, or NULL
 * @data: --data ADDRESS, or NULL
 * @timeout_ms: how long the guest may be silent, in milliseconds
 * @wait: wait for the guest to appear and to be free
 * @quiet: print errors only
 * @json: print JSON, one object a line
 */
struct common_options {
	const char *guest;
	const char *control;
	const char *data;
	int timeout_ms;
	bool wait;
	bool quiet;
	bool json;
};

enum {
	OPTION_CONTROL = 256,
	OPTION_DATA,
	OPTION_TIMEOUT,
	OPTION_JSON,
	OPTION_OWN, /* the first value that a command may use */
};

#define COMMON_LETTERS "g:wqh"
#define COMMON_OPTIONS \
	{ "guest", required_argument, NULL, 'g' }, \
	{ "control", required_argument, NULL, OPTION_CONTROL }, \
	{ "data", required_argument, NULL, OPTION_DATA }, \
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT }, \
	{ "wait", no_argument, NULL, 'w' }, \
	{ "quiet", no_argument, NULL, 'q' }, \
	{ "json", no_argument, NULL, OPTION_JSON }, \
	{ "help", no_argument, NULL, 'h' }

#define COMMON_HELP \
	"  -g, --guest NAME   which guest (default: the only one running)\n" \
	"      --control ADDR, --data ADDR\n" \
	"                     its ports: unix:PATH or tcp:HOST:PORT\n" \
	"      --timeout SEC  give up when the guest is silent for so long (default 30)\n" \
	"  -w, --wait         wait until the guest is there and free, for as long\n" \
	"  -q, --quiet        print errors only\n" \
	"      --json         print JSON, one object a line\n"

void options_default(struct common_options *options);
int options_read_here(const struct subcommand *self, struct common_options *options, bool *here,
		      int argc, char **argv);
int options_take(const struct subcommand *self, struct common_options *options, int option);

#endif
