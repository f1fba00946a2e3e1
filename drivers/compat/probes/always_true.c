/* Compiles against any kernel: shows that the probing itself works. */
#include <linux/module.h>

int always_true(void);
int always_true(void)
{
	return 0;
}
