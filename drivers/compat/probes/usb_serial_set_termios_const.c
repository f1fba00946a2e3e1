/* .set_termios takes const struct ktermios *old since 6.1. */
#include <linux/tty.h>
#include <linux/usb.h>
#include <linux/usb/serial.h>

static void set_termios(struct tty_struct *tty, struct usb_serial_port *port,
			const struct ktermios *old)
{
}

struct usb_serial_driver probe = { .set_termios = set_termios };
