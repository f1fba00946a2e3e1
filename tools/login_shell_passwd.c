// SPDX-License-Identifier: GPL-2.0
/* The login shell where there is a user database. */
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"

/**
 * login_shell() - which program is the login shell
 *
 * Return: its path: of the user database, else $SHELL, else /bin/sh.
 */
const char *login_shell(void)
{
	const struct passwd *entry = getpwuid(geteuid());
	const char *shell = getenv("SHELL");

	if (entry && entry->pw_shell[0])
		return entry->pw_shell;
	return shell && shell[0] ? shell : "/bin/sh";
}
