/* SPDX-License-Identifier: GPL-2.0 */
/* Running a command in a guest for what it prints. */
#ifndef PORTSIDE_CAPTURE_H
#define PORTSIDE_CAPTURE_H

#include "client.h"

int capture(const struct common_options *options, char *const *arguments, char **output,
	    int *status, struct failure *failure);

#endif
