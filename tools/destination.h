/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where received files go: what "put SOURCE DESTINATION" means, the same on
 * both ends.
 */
#ifndef PORTSIDE_DESTINATION_H
#define PORTSIDE_DESTINATION_H

#include "path.h"
#include "receive.h"

int destination_open(const struct jail *jail, const char *path, struct receive_options *options,
		     struct failure *failure);

#endif
