/* SPDX-License-Identifier: GPL-2.0 */
/* Talking to QEMU's monitor: one command after the other, events passed over. */
#ifndef PORTSIDE_QMP_H
#define PORTSIDE_QMP_H

#include "failure.h"
#include "json.h"

/**
 * struct qmp - a connection to a monitor
 * @fd: or -1
 * @buffer: what was received and not yet used
 * @used: bytes in @buffer
 * @size: of @buffer
 * @timeout_ms: how long QEMU may take to answer
 */
struct qmp {
	int fd;
	char *buffer;
	size_t used;
	size_t size;
	int timeout_ms;
};

int qmp_open(struct qmp *qmp, const char *path, int timeout_ms, struct failure *failure);
struct json *qmp_execute(struct qmp *qmp, struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
struct json *qmp_get(struct qmp *qmp, const char *path, const char *property);
void qmp_close(struct qmp *qmp);

#endif
