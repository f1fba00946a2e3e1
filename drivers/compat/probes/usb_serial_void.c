/* .port_remove and .get_serial return nothing since 5.13. */
#include <linux/serial.h>
#include <linux/tty.h>
#include <linux/usb.h>
#include <linux/usb/serial.h>

static void port_remove(struct usb_serial_port *port)
{
}

static void get_serial(struct tty_struct *tty, struct serial_struct *ss)
{
}

struct usb_serial_driver probe = { .port_remove = port_remove, .get_serial = get_serial };
