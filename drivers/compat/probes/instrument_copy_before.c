/* instrument_copy_from_user() was parted into what comes before and after in 6.1. */
#include <linux/instrumented.h>

void probe(void *to, const void __user *from, unsigned long n, unsigned long left);
void probe(void *to, const void __user *from, unsigned long n, unsigned long left)
{
	instrument_copy_from_user_before(to, from, n);
	instrument_copy_from_user_after(to, from, n, left);
}
