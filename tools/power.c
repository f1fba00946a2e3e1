// SPDX-License-Identifier: GPL-2.0
/* Powering the guest off, or restarting it, because the host said so. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "agent.h"

static void ask_init(const char *program)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	execlp(program, program, (char *)NULL);
	fprintf(stderr,
		"portside agent: cannot run %s: %s; ask for it with --force to do without\n",
		program, strerror(errno));
	_exit(STATUS_NOT_FOUND);
}

/**
 * power_down() - end the system
 * @action: enum power_action
 * @force: without asking the init system: file systems are flushed, nothing is stopped
 *
 * Otherwise the program poweroff or reboot is run, as every init system brings them.
 */
void power_down(int action, bool force)
{
	if (force) {
		sync();
		reboot(action == POWER_REBOOT ? RB_AUTOBOOT : RB_POWER_OFF);
		return;
	}
	if (fork() == 0)
		ask_init(action == POWER_REBOOT ? "reboot" : "poweroff");
}
