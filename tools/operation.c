// SPDX-License-Identifier: GPL-2.0
/* What all operations have in common. */
#include "operation.h"

/**
 * operation_unexpected() - refuse a frame
 * @frame: unknown, or not legal at this moment
 * @failure: receives a protocol error
 *
 * Return: -1 always.
 */
int operation_unexpected(const struct frame *frame, struct failure *failure)
{
	return fail(failure, STATUS_PROTOCOL,
		    "protocol error: a frame of type 0x%02x is unknown or out of place",
		    frame->type);
}
