/* SPDX-License-Identifier: GPL-2.0 */
/* The system console on a port: what the rest of the driver tells it. */
#ifndef FTDI_CONSOLE_H
#define FTDI_CONSOLE_H

struct ftdi_port;
struct ftdi_urb;
struct tty_struct;

#ifndef CONFIG_USB_SERIAL_CONSOLE

void ftdi_console_take(struct ftdi_port *fp, struct ftdi_urb *item);
void ftdi_console_add(struct ftdi_port *fp);
void ftdi_console_remove(struct ftdi_port *fp);
void ftdi_console_pause(struct ftdi_port *fp);
void ftdi_console_continue(struct ftdi_port *fp);
void ftdi_console_opened(struct ftdi_port *fp, struct tty_struct *tty);

#else	/* usbserial has a console of its own */

static inline void ftdi_console_take(struct ftdi_port *fp, struct ftdi_urb *item)
{
}

static inline void ftdi_console_add(struct ftdi_port *fp)
{
}

static inline void ftdi_console_remove(struct ftdi_port *fp)
{
}

static inline void ftdi_console_pause(struct ftdi_port *fp)
{
}

static inline void ftdi_console_continue(struct ftdi_port *fp)
{
}

static inline void ftdi_console_opened(struct ftdi_port *fp, struct tty_struct *tty)
{
}

#endif
#endif
