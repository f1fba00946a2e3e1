// SPDX-License-Identifier: GPL-2.0
/*
 * The usb-serial driver: which devices it drives, what usbserial and the USB
 * core call. What happens then is in the other files.
 */
#include <linux/module.h>

#include "ftdi_sio.h"

#define PACKET_SIZE_DEFAULT 64

struct workqueue_struct *ftdi_wq;

/* ---- devices ---- */

#define FTDI_ANY (-1)
#define FTDI_MATCH(field, flag) ((field) == FTDI_ANY ? 0 : (flag))

#define FTDI_DEVICE(vid, pid, number, class, subclass, protocol, board) {	\
	.match_flags = USB_DEVICE_ID_MATCH_DEVICE |				\
		FTDI_MATCH(number, USB_DEVICE_ID_MATCH_INT_NUMBER) |		\
		FTDI_MATCH(class, USB_DEVICE_ID_MATCH_INT_INFO),		\
	.idVendor = (vid), .idProduct = (pid),					\
	.bInterfaceNumber = (u8)(number), .bInterfaceClass = (u8)(class),	\
	.bInterfaceSubClass = (u8)(subclass), .bInterfaceProtocol = (u8)(protocol), \
	.driver_info = (board) },

static const struct usb_device_id id_table[] = {
#include "devices.h"
	{ }
};
MODULE_DEVICE_TABLE(usb, id_table);

/* ---- usbserial ---- */

static int ftdi_probe(struct usb_serial *serial, const struct usb_device_id *id)
{
	unsigned int interface = serial->interface->cur_altsetting->desc.bInterfaceNumber;
	enum ftdi_board board = id ? id->driver_info : FTDI_BOARD_PLAIN;
	struct ftdi_interface *found;

	if (ftdi_board_refuses(board, serial->dev, interface)) {
		dev_info(&serial->interface->dev,
			 "interface %u of this board is for JTAG tools and left alone\n", interface);
		return -ENODEV;
	}
	found = devm_kzalloc(&serial->interface->dev, sizeof(*found), GFP_KERNEL);
	if (!found)
		return -ENOMEM;
	found->board = board;
	usb_set_serial_data(serial, found);
	return 0;
}

/*
 * The endpoints are taken over here: usbserial is told of none, so that it
 * allocates nothing for them. Some devices leave the packet size out, which the
 * host controllers do not take.
 */
static int ftdi_calc_num_ports(struct usb_serial *serial, struct usb_serial_endpoints *epds)
{
	struct ftdi_interface *found = usb_get_serial_data(serial);
	struct usb_endpoint_descriptor *in = epds->bulk_in[0], *out = epds->bulk_out[0];

	if (!usb_endpoint_maxp(in))
		in->wMaxPacketSize = cpu_to_le16(PACKET_SIZE_DEFAULT);
	if (!usb_endpoint_maxp(out))
		out->wMaxPacketSize = cpu_to_le16(PACKET_SIZE_DEFAULT);
	found->in = usb_endpoint_num(in);
	found->out = usb_endpoint_num(out);
	found->packet_size = usb_endpoint_maxp(in);
	epds->num_bulk_in = 0;
	epds->num_bulk_out = 0;
	epds->num_interrupt_in = 0;
	epds->num_interrupt_out = 0;
	return 1;
}

/* From here on the serial device's data are its port; there is only one. */
static int ftdi_attach(struct usb_serial *serial)
{
	struct ftdi_port *fp = ftdi_port_alloc(serial->port[0]);

	if (!fp)
		return -ENOMEM;
	usb_set_serial_data(serial, fp);
	return 0;
}

static void ftdi_release(struct usb_serial *serial)
{
	ftdi_port_free(usb_get_serial_data(serial));
}

static int ftdi_suspend(struct usb_serial *serial, pm_message_t message)
{
	ftdi_port_pause(usb_get_serial_data(serial));
	return 0;
}

static int ftdi_resume(struct usb_serial *serial)
{
	ftdi_port_continue(usb_get_serial_data(serial), false);
	return 0;
}

static int ftdi_reset_resume(struct usb_serial *serial)
{
	ftdi_port_continue(usb_get_serial_data(serial), true);
	return 0;
}

COMPAT_BREAK_WRAPPER(ftdi_break_ctl)
COMPAT_VOID_WRAPPERS(ftdi_port_remove, ftdi_get_serial)
COMPAT_ROOM_WRAPPER(ftdi_write_room)
COMPAT_ROOM_WRAPPER(ftdi_chars_in_buffer)

static struct usb_serial_driver ftdi_driver = {
	.driver.name = "ftdi_sio",
	.driver.owner = THIS_MODULE,
	.driver.dev_groups = ftdi_port_groups,
	.description = "FTDI USB Serial Device",
	.id_table = id_table,
	.num_ports = 1,
	.num_bulk_in = 1,
	.num_bulk_out = 1,
	.probe = ftdi_probe,
	.calc_num_ports = ftdi_calc_num_ports,
	.attach = ftdi_attach,
	.release = ftdi_release,
	.port_probe = ftdi_port_probe,
	.port_remove = COMPAT_PORT_REMOVE(ftdi_port_remove),
	.suspend = ftdi_suspend,
	.resume = ftdi_resume,
	.reset_resume = ftdi_reset_resume,
	.open = ftdi_open,
	.close = ftdi_close,
	.write = ftdi_write,
	.write_room = COMPAT_ROOM(ftdi_write_room),
	.chars_in_buffer = COMPAT_ROOM(ftdi_chars_in_buffer),
	.wait_until_sent = ftdi_wait_until_sent,
	.throttle = ftdi_throttle,
	.unthrottle = ftdi_unthrottle,
	.set_termios = ftdi_set_termios,
	.break_ctl = COMPAT_BREAK(ftdi_break_ctl),
	.ioctl = ftdi_ioctl,
	.get_serial = COMPAT_GET_SERIAL(ftdi_get_serial),
	.set_serial = ftdi_set_serial,
	.tiocmget = ftdi_tiocmget,
	.tiocmset = ftdi_tiocmset,
	.tiocmiwait = ftdi_tiocmiwait,
	.get_icount = usb_serial_generic_get_icount,
	.dtr_rts = ftdi_dtr_rts,
};

static struct usb_serial_driver *const drivers[] = { &ftdi_driver, NULL };

/* ---- the USB core ---- */

/*
 * usbserial's USB driver leaves these out, and the core then unbinds the driver
 * from a device that is reset, which hangs up its tty. With them an open line
 * survives.
 */
static int ftdi_pre_reset(struct usb_interface *interface)
{
	struct usb_serial *serial = usb_get_intfdata(interface);

	ftdi_port_pause(usb_get_serial_data(serial));
	return 0;
}

static int ftdi_post_reset(struct usb_interface *interface)
{
	struct usb_serial *serial = usb_get_intfdata(interface);

	ftdi_port_continue(usb_get_serial_data(serial), true);
	return 0;
}

static int __init ftdi_module_init(void)
{
	int err;

	ftdi_wq = alloc_workqueue("ftdi_sio", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!ftdi_wq)
		return -ENOMEM;
	err = usb_serial_register_drivers(drivers, KBUILD_MODNAME, id_table);
	if (err) {
		destroy_workqueue(ftdi_wq);
		return err;
	}
	ftdi_driver.usb_driver->pre_reset = ftdi_pre_reset;
	ftdi_driver.usb_driver->post_reset = ftdi_post_reset;
	return 0;
}
module_init(ftdi_module_init);

static void __exit ftdi_module_exit(void)
{
	usb_serial_deregister_drivers(drivers);
	destroy_workqueue(ftdi_wq);
}
module_exit(ftdi_module_exit);

MODULE_DESCRIPTION("USB serial lines by FTDI chips");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
