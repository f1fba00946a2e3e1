/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The 8250 driver's ports. The function that hands one out by the N of its
 * ttySN is exported by every release, and declared in a header that is not
 * installed.
 */
#ifndef PORTSIDE_COMPAT_SERIAL_H
#define PORTSIDE_COMPAT_SERIAL_H

#include <linux/serial_8250.h>

struct uart_8250_port *serial8250_get_port(int line);

#ifndef UART_IIR_FIFO_ENABLED
#define UART_IIR_FIFO_ENABLED 0xc0	/* both bits: a 16550A's FIFO works */
#endif

#endif
