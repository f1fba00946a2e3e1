/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Starting a program with pipes or a terminal around it. Who reads and writes them is in
 * command.c.
 */
#ifndef PORTSIDE_CHILD_H
#define PORTSIDE_CHILD_H

#include <sys/types.h>

#include "failure.h"

/**
 * struct child - a program that was started
 * @pid: of its process group and session too
 * @pidfd: readable when it has ended
 * @terminal: it has a terminal: @in and @out are its master
 * @in: its stdin, or -1; non-blocking
 * @out: its stdout; non-blocking
 * @err: its stderr, or -1 with a terminal; non-blocking
 */
struct child {
	pid_t pid;
	int pidfd;
	bool terminal;
	int in;
	int out;
	int err;
};

int child_start(struct child *child, const struct exec_request *request,
		struct failure *failure);
void child_resize(const struct child *child, const struct window_size *window);
void child_signal(const struct child *child, int number);
bool child_ended(struct child *child, struct exit_message *message);
void child_close(int *fd);
void child_release(struct child *child);

/* login_shell_passwd.c on a full system, login_shell_minimal.c in a small image. */
const char *login_shell(void);

#endif
