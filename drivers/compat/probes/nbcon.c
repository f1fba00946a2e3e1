/* Consoles of their own thread came in 6.12. */
#include <linux/console.h>

static void write_thread(struct console *con, struct nbcon_write_context *wctxt)
{
	if (nbcon_enter_unsafe(wctxt))
		nbcon_exit_unsafe(wctxt);
}

struct console probe = { .flags = CON_NBCON, .write_thread = write_thread };
