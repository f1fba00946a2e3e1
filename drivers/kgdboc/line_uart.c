// SPDX-License-Identifier: GPL-2.0
/*
 * An 8250 driven directly, with its FIFO: the registers of ttyS<n>, or those at
 * an address. The tty's driver keeps the port for its own users: while the tty
 * is open, input of the running kernel is the tty's, and only SysRq breaks in.
 *
 * Who touches what: the interrupt handler moves input into the ring and alone
 * moves @head; the debugger empties the ring, then the FIFO, and alone moves
 * @tail. A handler that is stopped in the middle may keep one byte in its hands,
 * which gdb's checksum finds.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/serial_core.h>
#include <linux/serial_reg.h>
#include <linux/slab.h>

#include "../compat/serial.h"
#include "kgdboc.h"

#define RING_SIZE 1024		/* a power of two */
#define FIFO_SIZE 16
#define PATIENCE_US 300000	/* for a transmitter that takes nothing */
#define REGISTERS 8

struct uart {
	unsigned long port;
	void __iomem *base;	/* NULL: I/O ports */
	u8 shift;		/* distance of the registers, a power of two */
	bool wide;		/* registers are 32 bits */
	unsigned int irq;	/* 0: none known */
	struct uart_port *tty;	/* of the serial core, or NULL */
	u8 fifo_control;
	u8 saved_ier;
	u8 running_ier;		/* while the kernel stands: what it had */
	u8 saved_lcr;
	u8 saved_mcr;
	bool stalled;		/* the last write waited in vain */
	unsigned int head;
	unsigned int tail;
	u8 ring[RING_SIZE];
};

static u8 uart_in(struct uart *uart, unsigned int reg)
{
	if (!uart->base)
		return inb(uart->port + reg);
	if (uart->wide)
		return readl(uart->base + (reg << uart->shift));
	return readb(uart->base + (reg << uart->shift));
}

static void uart_out(struct uart *uart, unsigned int reg, u8 value)
{
	if (!uart->base)
		outb(value, uart->port + reg);
	else if (uart->wide)
		writel(value, uart->base + (reg << uart->shift));
	else
		writeb(value, uart->base + (reg << uart->shift));
}

/* Somebody has the tty open: its driver reads the input and owns the settings. */
static bool uart_in_use(struct uart *uart)
{
	return uart->tty && uart->tty->state && tty_port_initialized(&uart->tty->state->port);
}

/* A console prints with the settings that it made; they are good for us too. */
static bool uart_is_set_up(struct uart *uart)
{
	return uart_in_use(uart) || (uart->tty && uart_console(uart->tty));
}

/* ---- finding ---- */

/* The serial core's port for ttyS<index>, or NULL. */
static struct uart_port *find_tty(unsigned int index)
{
#if IS_REACHABLE(CONFIG_SERIAL_8250)
	struct uart_8250_port *up;

	if (index >= CONFIG_SERIAL_8250_NR_UARTS)
		return NULL;
	up = serial8250_get_port(index);
	if (!up || !up->port.ops || up->port.type == PORT_UNKNOWN)
		return NULL;
	return &up->port;
#else
	return NULL;
#endif
}

/* The port at an address: it knows the interrupt, and who else uses it. */
static struct uart_port *find_tty_at(const struct kgdboc_config *config)
{
#if IS_REACHABLE(CONFIG_SERIAL_8250)
	unsigned int i;

	for (i = 0; i < CONFIG_SERIAL_8250_NR_UARTS; i++) {
		struct uart_port *port = find_tty(i);

		if (port && (config->mmio ? port->iotype != UPIO_PORT &&
						    port->mapbase == config->address :
					    port->iotype == UPIO_PORT &&
						    port->iobase == config->address))
			return port;
	}
#endif
	return NULL;
}

static bool is_16550(const struct uart_port *port)
{
	return (port->iotype == UPIO_PORT || port->iotype == UPIO_MEM ||
		port->iotype == UPIO_MEM32) && port->type >= PORT_16550A;
}

/**
 * kgdboc_uart_serves - whether a tty is an 8250 that can be driven directly
 * @config: the parameter
 *
 * Return: true for a ttyS<n> with a FIFO, which is to be used with 8 bits and no
 * parity.
 */
bool kgdboc_uart_serves(const struct kgdboc_config *config)
{
	struct uart_port *port;

	if (config->kind != KGDBOC_TTY || config->name_prefix != 4 ||
	    strncmp(config->name, "ttyS", 4) || !kgdboc_options_plain(config->options))
		return false;
	port = find_tty(config->index);
	return port && is_16550(port);
}

/* ---- opening ---- */

static int locate(struct uart *uart, const struct kgdboc_config *config)
{
	bool mmio = config->mmio;
	u64 address = config->address;
	unsigned int size;

	uart->tty = config->kind == KGDBOC_TTY ? find_tty(config->index) : find_tty_at(config);
	if (uart->tty) {
		uart->irq = uart->tty->irq;
		mmio = uart->tty->iotype != UPIO_PORT;
		address = mmio ? uart->tty->mapbase : uart->tty->iobase;
		uart->shift = uart->tty->regshift;
		uart->wide = uart->tty->iotype == UPIO_MEM32;
	}
	uart->port = address;
	if (!mmio)
		return 0;
	size = REGISTERS << uart->shift;
	uart->base = ioremap(address, size);
	return uart->base ? 0 : -ENOMEM;
}

/* Two values of the scratch register survive where there is a UART. */
static bool probe(struct uart *uart)
{
	u8 before = uart_in(uart, UART_SCR);
	bool found;

	uart_out(uart, UART_SCR, 0x5a);
	found = uart_in(uart, UART_SCR) == 0x5a;
	uart_out(uart, UART_SCR, 0xa5);
	found &= uart_in(uart, UART_SCR) == 0xa5;
	uart_out(uart, UART_SCR, before);
	return found;
}

static void set_baud(struct uart *uart, unsigned int baud)
{
	unsigned int clock = uart->tty && uart->tty->uartclk ? uart->tty->uartclk : 1843200;
	unsigned int divisor = max(clock / 16 / baud, 1u);

	uart_out(uart, UART_LCR, UART_LCR_WLEN8 | UART_LCR_DLAB);
	uart_out(uart, UART_DLL, divisor & 0xff);
	uart_out(uart, UART_DLM, divisor >> 8);
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
}

static void enable_fifo(struct uart *uart)
{
	uart_out(uart, UART_FCR, uart->fifo_control);
}

static void set_up(struct uart *uart, unsigned int baud)
{
	uart->saved_ier = uart_in(uart, UART_IER);
	uart->saved_lcr = uart_in(uart, UART_LCR);
	uart->saved_mcr = uart_in(uart, UART_MCR);
	uart->fifo_control = UART_FCR_ENABLE_FIFO | UART_FCR_R_TRIG_10;
	if (uart_is_set_up(uart))
		return;
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	if (baud)
		set_baud(uart, baud);
	uart_out(uart, UART_FCR, uart->fifo_control | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	uart_out(uart, UART_MCR, uart->saved_mcr | UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
}

static int uart_open(struct kgdboc_line *line)
{
	const struct kgdboc_config *config = &line->config;
	struct uart *uart = kzalloc(sizeof(*uart), GFP_KERNEL);
	int err;

	if (!uart)
		return -ENOMEM;
	err = locate(uart, config);
	if (!err && !probe(uart)) {
		pr_err("%s: no UART answers at %s 0x%lx\n", config->text,
		       uart->base ? "memory" : "I/O port", uart->port);
		err = -ENODEV;
	}
	if (err) {
		if (uart->base)
			iounmap(uart->base);
		kfree(uart);
		return err;
	}
	set_up(uart, config->kind == KGDBOC_TTY ? kgdboc_options_baud(config->options) :
						  config->baud);
	if (uart->tty && uart_console(uart->tty))
		line->console = uart->tty->cons;
	line->data = uart;
	return 0;
}

static void uart_close(struct kgdboc_line *line)
{
	struct uart *uart = line->data;

	if (!uart_is_set_up(uart)) {
		uart_out(uart, UART_FCR, 0);
		uart_out(uart, UART_LCR, uart->saved_lcr);
		uart_out(uart, UART_MCR, uart->saved_mcr);
		uart_out(uart, UART_IER, uart->saved_ier);
	}
	if (uart->base)
		iounmap(uart->base);
	kfree(uart);
}

/* ---- the debugger's side ---- */

static size_t uart_read(struct kgdboc_line *line, u8 *buf, size_t len)
{
	struct uart *uart = line->data;
	unsigned int head = READ_ONCE(uart->head);
	size_t done = 0;

	while (done < len && uart->tail != head)
		buf[done++] = uart->ring[uart->tail++ % RING_SIZE];
	while (done < len && uart_in(uart, UART_LSR) & UART_LSR_DR)
		buf[done++] = uart_in(uart, UART_RX);
	return done;
}

/* Waits for an empty transmitter, once; a line that stalls is not waited for again. */
static bool wait_room(struct uart *uart)
{
	unsigned int waited;

	for (waited = 0; !(uart_in(uart, UART_LSR) & UART_LSR_THRE); waited++) {
		if (uart->stalled || waited >= PATIENCE_US) {
			uart->stalled = true;
			return false;
		}
		udelay(1);
	}
	uart->stalled = false;
	return true;
}

static size_t uart_write(struct kgdboc_line *line, const u8 *buf, size_t len)
{
	struct uart *uart = line->data;
	u8 ier = uart_in(uart, UART_IER);
	size_t done = 0, i, n;

	/* The tty's driver switches the FIFO off when the tty is closed. */
	if ((uart_in(uart, UART_IIR) & UART_IIR_FIFO_ENABLED) != UART_IIR_FIFO_ENABLED)
		enable_fifo(uart);
	while (done < len && wait_room(uart)) {
		n = min_t(size_t, len - done, FIFO_SIZE);
		for (i = 0; i < n; i++)
			uart_out(uart, UART_TX, buf[done + i]);
		done += n;
	}
	/* The tty's own output waits for an interrupt that was ours just now. */
	if (ier & UART_IER_THRI) {
		uart_out(uart, UART_IER, ier & ~UART_IER_THRI);
		uart_out(uart, UART_IER, ier);
	}
	return done;
}

static void uart_hush(struct kgdboc_line *line, bool stands)
{
	struct uart *uart = line->data;

	if (stands)
		uart->running_ier = uart_in(uart, UART_IER);
	uart_out(uart, UART_IER, stands ? 0 : uart->running_ier);
}

/* ---- break-in ---- */

static irqreturn_t uart_interrupt(int irq, void *data)
{
	struct kgdboc_line *line = data;
	struct uart *uart = line->data;
	unsigned int limit = RING_SIZE, start;
	u8 byte;

	if (uart_in_use(uart) || uart_in(uart, UART_IIR) & UART_IIR_NO_INT)
		return IRQ_NONE;
	start = uart->head;
	while (limit-- && uart_in(uart, UART_LSR) & UART_LSR_DR) {
		byte = uart_in(uart, UART_RX);
		if (uart->head - READ_ONCE(uart->tail) >= RING_SIZE)
			continue;
		uart->ring[uart->head % RING_SIZE] = byte;
		smp_store_release(&uart->head, uart->head + 1);
		/* A stop may happen in here, and take what is in the ring. */
		kgdboc_line_input(line, &byte, 1);
	}
	return uart->head != start ? IRQ_HANDLED : IRQ_NONE;
}

static int uart_watch(struct kgdboc_line *line)
{
	struct uart *uart = line->data;
	int err;

	if (!uart->irq || uart_in_use(uart))
		return -EOPNOTSUPP;
	err = request_irq(uart->irq, uart_interrupt, IRQF_SHARED, KBUILD_MODNAME, line);
	if (err)
		return err;
	uart_out(uart, UART_IER, uart->saved_ier | UART_IER_RDI);
	return 0;
}

static void uart_unwatch(struct kgdboc_line *line)
{
	struct uart *uart = line->data;

	if (!uart_in_use(uart))
		uart_out(uart, UART_IER, uart->saved_ier);
	free_irq(uart->irq, line);
}

const struct kgdboc_line_ops kgdboc_line_uart = {
	.name = "8250",
	.open = uart_open,
	.close = uart_close,
	.read = uart_read,
	.write = uart_write,
	.hush = uart_hush,
	.watch = uart_watch,
	.unwatch = uart_unwatch,
};
