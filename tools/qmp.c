// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to QEMU's monitor (QMP). A monitor on a socket serves one client at a time and
 * lets others wait without a word, so an answer that does not come is told as that.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "qmp.h"

#define MESSAGE_MAX (4u << 20)

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int is_busy(const char *path, struct failure *failure)
{
	return fail(failure, STATUS_BUSY,
		    "%s: the monitor says nothing; another program is connected to it", path);
}

static int receive_more(struct qmp *qmp, int64_t deadline)
{
	struct pollfd wait = { .fd = qmp->fd, .events = POLLIN };
	int64_t left = deadline - client_now_ms();
	ssize_t count;

	if (left <= 0 || poll(&wait, 1, left) <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (qmp->used + 4096 > qmp->size) {
		size_t size = qmp->size ? 2 * qmp->size : 65536;
		char *larger = size <= MESSAGE_MAX ? realloc(qmp->buffer, size) : NULL;

		if (!larger) {
			errno = EMSGSIZE;
			return -1;
		}
		qmp->buffer = larger;
		qmp->size = size;
	}
	count = read(qmp->fd, qmp->buffer + qmp->used, qmp->size - qmp->used - 1);
	if (count > 0) {
		qmp->used += count;
		return 0;
	}
	if (count == 0)
		errno = ECONNRESET;
	return -1;
}

/* The next message, or NULL with errno. */
static struct json *next_message(struct qmp *qmp, int64_t deadline)
{
	struct json *message;
	char *end;

	while (!qmp->used || !(end = memchr(qmp->buffer, '\n', qmp->used)))
		if (receive_more(qmp, deadline))
			return NULL;
	*end = '\0';
	message = json_parse(qmp->buffer);
	qmp->used -= end + 1 - qmp->buffer;
	memmove(qmp->buffer, end + 1, qmp->used);
	if (!message)
		errno = EPROTO;
	return message;
}

static struct json *await_answer(struct qmp *qmp, const char *key, struct failure *failure)
{
	int64_t deadline = client_now_ms() + qmp->timeout_ms;

	for (;;) {
		struct json *message = next_message(qmp, deadline);
		const char *text;

		if (!message) {
			fail_errno(failure, STATUS_CONNECTION, "QEMU's monitor does not answer");
			return NULL;
		}
		if (json_get(message, key))
			return message;
		text = json_string(json_get(message, "error"), "desc");
		if (text)
			fail(failure, STATUS_REMOTE, "QEMU: %s", text);
		json_free(message);
		if (text)
			return NULL;
	}
}

/**
 * qmp_open() - connect to a monitor
 * @qmp: receives the connection
 * @path: of its socket
 * @timeout_ms: how long QEMU may take for any answer
 * @failure: on error, why; STATUS_BUSY if another client has the monitor
 *
 * Return: 0 or -1.
 */
int qmp_open(struct qmp *qmp, const char *path, int timeout_ms, struct failure *failure)
{
	struct json *greeting, *answer;

	*qmp = (struct qmp){ .fd = connect_to(path), .timeout_ms = timeout_ms };
	/* Its queue is full of clients that wait. */
	if (qmp->fd < 0 && errno == EAGAIN)
		return is_busy(path, failure);
	if (qmp->fd < 0)
		return fail_errno(failure, STATUS_CONNECTION, "%s", path);
	greeting = await_answer(qmp, "QMP", failure);
	if (!greeting) {
		qmp_close(qmp);
		return is_busy(path, failure);
	}
	json_free(greeting);
	answer = qmp_execute(qmp, failure, "{\"execute\":\"qmp_capabilities\"}\n");
	json_free(answer);
	if (answer)
		return 0;
	qmp_close(qmp);
	return -1;
}

/**
 * qmp_execute() - run a command
 * @qmp: connected
 * @failure: on error, why
 * @format: the command as one line of JSON, with its line end
 *
 * Return: the whole answer, with its member "return", for json_free(); or NULL.
 */
struct json *qmp_execute(struct qmp *qmp, struct failure *failure, const char *format, ...)
{
	char *command = NULL;
	va_list arguments;
	int length;
	ssize_t sent;

	va_start(arguments, format);
	length = vasprintf(&command, format, arguments);
	va_end(arguments);
	if (length < 0) {
		fail(failure, STATUS_LOCAL, "no memory");
		return NULL;
	}
	sent = send(qmp->fd, command, length, MSG_NOSIGNAL);
	free(command);
	if (sent != length) {
		fail_errno(failure, STATUS_CONNECTION, "QEMU's monitor is gone");
		return NULL;
	}
	return await_answer(qmp, "return", failure);
}

/**
 * qmp_get() - a property of an object of QEMU's
 * @qmp: connected
 * @path: of the object, as QEMU gave it
 * @property: its name
 *
 * Return: the answer with its member "return", or NULL: there is no such property.
 */
struct json *qmp_get(struct qmp *qmp, const char *path, const char *property)
{
	struct failure ignored;

	return qmp_execute(qmp, &ignored,
			   "{\"execute\":\"qom-get\",\"arguments\":"
			   "{\"path\":\"%s\",\"property\":\"%s\"}}\n", path, property);
}

/**
 * qmp_close() - end a connection
 * @qmp: open or not
 */
void qmp_close(struct qmp *qmp)
{
	if (qmp->fd >= 0)
		close(qmp->fd);
	qmp->fd = -1;
	free(qmp->buffer);
	qmp->buffer = NULL;
}
