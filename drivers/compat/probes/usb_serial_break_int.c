/* .break_ctl returns int since 6.5 (and 6.1.y). */
#include <linux/tty.h>
#include <linux/usb.h>
#include <linux/usb/serial.h>

static int break_ctl(struct tty_struct *tty, int state)
{
	return 0;
}

struct usb_serial_driver probe = { .break_ctl = break_ctl };
