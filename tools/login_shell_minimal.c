// SPDX-License-Identifier: GPL-2.0
/* The login shell where there may be no user database: the lookup would be 7 KB. */
#include <stdlib.h>

#include "child.h"

/**
 * login_shell() - which program is the login shell
 *
 * Return: its path: $SHELL, else /bin/sh.
 */
const char *login_shell(void)
{
	const char *shell = getenv("SHELL");

	return shell && shell[0] ? shell : "/bin/sh";
}
