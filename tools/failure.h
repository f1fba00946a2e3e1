/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What went wrong, carried up to whoever tells the user: the exit status of the
 * program and one line of text. Statuses are documented in portside(1).
 */
#ifndef PORTSIDE_FAILURE_H
#define PORTSIDE_FAILURE_H

#include "message.h"

enum status {
	STATUS_OK = 0,
	STATUS_FINDINGS = 1, /* check and doctor found something */
	STATUS_USAGE = 2,
	STATUS_CONNECTION = 3, /* no guest, no agent, connection lost */
	STATUS_PROTOCOL = 4,
	STATUS_DIFFERS = 5, /* length or digest */
	STATUS_REMOTE = 6, /* the guest's side refused or failed */
	STATUS_LOCAL = 7, /* this side failed */
	STATUS_BUSY = 8, /* another host command holds the guest */
	STATUS_EXEC_FAILED = 125, /* exec and shell: any of the above */
	STATUS_CANNOT_EXECUTE = 126,
	STATUS_NOT_FOUND = 127,
};

/**
 * struct failure - the first thing that went wrong
 * @status: enum status
 * @number: errno, or 0
 * @text: one line without a newline, printable
 */
struct failure {
	enum status status;
	int number;
	char text[TEXT_SIZE];
};

int fail(struct failure *failure, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fail_errno(struct failure *failure, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void complain(const struct failure *failure);

#endif
