/* .write_room and .chars_in_buffer return unsigned int since 5.14. */
#include <linux/tty.h>
#include <linux/usb.h>
#include <linux/usb/serial.h>

static unsigned int room(struct tty_struct *tty)
{
	return 0;
}

struct usb_serial_driver probe = { .write_room = room, .chars_in_buffer = room };
