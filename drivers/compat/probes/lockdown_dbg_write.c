/* A lockdown reason for debuggers came in 5.19 and to stable trees. */
#include <linux/security.h>

int probe(void)
{
	return security_locked_down(LOCKDOWN_DBG_WRITE_KERNEL);
}
