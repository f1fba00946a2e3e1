/* struct tty_struct keeps stopped in a struct flow since 5.14. */
#include <linux/tty.h>

bool probe(const struct tty_struct *tty);
bool probe(const struct tty_struct *tty)
{
	return tty->flow.stopped;
}
