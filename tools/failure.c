// SPDX-License-Identifier: GPL-2.0
/* What went wrong: filling in a struct failure and printing it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "text.h"

static void describe(struct failure *failure, enum status status, int number, const char *format,
		     va_list arguments)
{
	char raw[TEXT_SIZE];
	size_t used;

	vsnprintf(raw, sizeof(raw), format, arguments);
	used = strlen(raw);
	if (number)
		snprintf(raw + used, sizeof(raw) - used, ": %s", strerror(number));
	failure->status = status;
	failure->number = number;
	text_printable(failure->text, sizeof(failure->text), raw);
}

/**
 * fail() - say what went wrong
 * @failure: receives it
 * @status: exit status
 * @format: as of printf(); names may hold any bytes, they are made printable
 *
 * Return: -1 always, for "return fail(...)".
 */
int fail(struct failure *failure, enum status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	describe(failure, status, 0, format, arguments);
	va_end(arguments);
	return -1;
}

/**
 * fail_errno() - say what went wrong, and add the system's reason
 * @failure: receives it
 * @status: exit status
 * @format: as of printf(); ": " and the text of errno follow
 *
 * Return: -1 always.
 */
int fail_errno(struct failure *failure, enum status status, const char *format, ...)
{
	int number = errno;
	va_list arguments;

	va_start(arguments, format);
	describe(failure, status, number, format, arguments);
	va_end(arguments);
	return -1;
}

/**
 * complain() - print a failure on stderr
 * @failure: what went wrong
 */
void complain(const struct failure *failure)
{
	fprintf(stderr, "portside: %s\n", failure->text);
}
