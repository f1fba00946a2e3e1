/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running a command for the host: the agent's side of EXEC (docs/protocol.md,
 * Commands).
 */
#ifndef PORTSIDE_COMMAND_H
#define PORTSIDE_COMMAND_H

#include "child.h"
#include "operation.h"

struct operation *command_start(struct link *link, const struct exec_request *request,
				uint32_t first_event, struct failure *failure);

#endif
