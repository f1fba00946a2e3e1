/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of ftdi_sio share: a port and its parts, and who may call
 * what. The locks and the life of a port are described at the top of port.c.
 */
#ifndef FTDI_SIO_H
#define FTDI_SIO_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/serial.h>
#include <linux/spinlock.h>
#include <linux/tty.h>
#include <linux/usb.h>
#include <linux/usb/serial.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../compat/usb_serial.h"
#include "baud.h"
#include "board.h"
#include "chip.h"
#include "packet.h"

struct ftdi_console;
struct ftdi_gpio;
struct ftdi_port;

/* One transfer in either direction and its buffer. */
struct ftdi_urb {
	struct list_head node;
	struct ftdi_port *fp;
	struct urb *urb;
	u8 *data;
	u32 size;
	u32 len;	/* out: bytes filled */
	u32 payload;	/* out: of these, the caller's */
	u64 serial;	/* out: order of filling */
	ktime_t filled;	/* out: when its first byte came */
};

/* The receiving side; everything below @lock is protected by it. */
struct ftdi_rx {
	struct mutex mutex;	/* who kills URBs: mending, purging, stopping */
	struct delayed_work mend;
	struct ftdi_urb *urbs;
	unsigned int nr_urbs;
	unsigned int packet_size;	/* status bytes come once in so many */
	spinlock_t lock;
	struct list_head idle;
	struct list_head flying;	/* submitted, the oldest first */
	struct list_head ready;	/* filled and not yet delivered, in order */
	struct ftdi_line line;
	bool running;
	bool held;		/* being mended or purged: submit nothing */
	bool broken;		/* a transfer failed: mend */
	bool throttled;
	bool tty_open;
	unsigned int failures;	/* in a row */
	unsigned long packets;
	unsigned long sysrq_until;	/* jiffies; 0 when no break came */
	u8 sysrq_key;
	int sysrq_cpu;		/* where its handler runs, or -1 */
};

/* The sending side; everything below @lock is protected by it. */
struct ftdi_tx {
	struct mutex mutex;	/* who kills URBs: mending, flushing, stopping */
	struct delayed_work mend;
	wait_queue_head_t drained;
	struct ftdi_urb *urbs;
	unsigned int nr_urbs;
	struct ftdi_urb *console_urbs;
	unsigned int nr_console_urbs;
	spinlock_t lock;
	struct list_head idle;
	struct list_head queue;	/* filled, oldest first; the last may take more */
	struct list_head console_idle;
	struct list_head console_queue;	/* what came back from a failure */
	u64 next_serial;
	unsigned int flights;
	unsigned int queued;	/* the tty's bytes accepted and not yet taken */
	unsigned int limit;	/* ... and how many there may be */
	u8 xchar;		/* goes ahead of the queue when not 0 */
	struct hrtimer gather;
	bool gathering;		/* ... is set: the last buffer waits for more */
	unsigned int streak;	/* writes close behind one another */
	ktime_t last_write;
	bool running;
	bool held;
	bool broken;
	bool want_room;
	bool want_low;
	bool dirty;		/* the chip may still hold some */
	unsigned long last_taken;	/* jiffies */
	unsigned int failures;
};

#define FTDI_LATENCY_DEFAULT 16	/* ms, what a chip starts with */

/* How the chip is set up, to be told again after it forgot. */
struct ftdi_settings {
	bool known;		/* the chip has what stands here */
	struct ftdi_baud baud;
	u16 format;		/* wValue of SET_DATA, without the break bit */
	bool brk;
	u16 flow;		/* high byte of wIndex of SET_FLOW */
	u16 xon_xoff;		/* its wValue */
	u8 lines;		/* FTDI_DTR | FTDI_RTS */
	u8 latency;		/* ms, as asked for in sysfs */
	bool low_latency;	/* 1 ms whatever @latency is */
	u16 event_char;		/* wValue of SET_EVENT_CHAR */
	u16 error_char;
	u16 bit_mode;		/* wValue of SET_BITMODE */
};

#define FTDI_DTR 0x01
#define FTDI_RTS 0x02

#define FTDI_FLOW_NONE 0x0000
#define FTDI_FLOW_RTS_CTS 0x0100
#define FTDI_FLOW_DTR_DSR 0x0200
#define FTDI_FLOW_XON_XOFF 0x0400

#define FTDI_CHAR_ON 0x0100	/* with an event or error character: use it */

#define FTDI_SYSRQ_PATIENCE (5 * HZ)	/* for the key after a break on the console */

/* What has the port running. */
#define FTDI_USER_TTY 0x1
#define FTDI_USER_CONSOLE 0x2

struct ftdi_stats {
	/* under rx.lock */
	unsigned long rx_bytes;
	unsigned long rx_short;		/* packets without status */
	unsigned long rx_failures;
	unsigned long rx_parked;	/* deliveries that waited for the reader */
	/* under tx.lock */
	unsigned long tx_bytes;
	unsigned long tx_transfers;
	unsigned long tx_failures;
	unsigned long tx_lost;		/* bytes given up */
};

/* What calc_num_ports() found for the port to come. */
struct ftdi_interface {
	enum ftdi_board board;
	u8 in, out;		/* endpoint numbers */
	u16 packet_size;
};

struct ftdi_port {
	struct usb_serial_port *port;
	struct usb_device *udev;
	const struct ftdi_chip *chip;
	enum ftdi_board board;
	u16 channel;		/* low byte of wIndex */
	bool qemu;		/* QEMU's usb-serial, which differs from silicon */
	u8 in, out;		/* endpoint numbers */

	struct mutex mutex;	/* the chip's settings, @users, @gone */
	struct ftdi_settings set;
	unsigned int users;
	bool gone;
	bool raise_lines;	/* DTR and RTS go up at open and down at close */
	bool use_dtr_dsr;	/* handshake on these without CRTSCTS */
	int custom_divisor;
	unsigned int flags;	/* ASYNC_SPD_MASK | ASYNC_LOW_LATENCY */

	struct ftdi_rx rx;
	struct ftdi_tx tx;
	struct ftdi_stats stats;

	struct delayed_work modem_poll;
	atomic_t modem_waiters;
	unsigned long modem_packets;	/* rx.packets at the last poll */

	struct ftdi_console *console;
	struct ftdi_gpio *gpio;
};

extern struct workqueue_struct *ftdi_wq;

/* Not the port's own data: the driver core takes those away when it unbinds. */
static inline struct ftdi_port *ftdi_port_of(struct usb_serial_port *port)
{
	return usb_get_serial_data(port->serial);
}

/* board.c */
bool ftdi_board_refuses(enum ftdi_board board, struct usb_device *udev, unsigned int interface);
unsigned int ftdi_board_divisor(enum ftdi_board board);
u32 ftdi_board_rate(enum ftdi_board board, u32 rate);
bool ftdi_board_needs_rts_cts(enum ftdi_board board);

/* request.c */
int ftdi_request(struct ftdi_port *fp, u8 request, u16 value, u16 index);
int ftdi_request_in(struct ftdi_port *fp, u8 request, u16 index, u8 *reply, u16 len);
int ftdi_get_status(struct ftdi_port *fp, u8 *modem, u8 *line);
bool ftdi_answers_latency(struct usb_device *udev, u16 channel);

/* settings.c */
int ftdi_set_baud(struct ftdi_port *fp, struct ftdi_baud baud);
int ftdi_set_format(struct ftdi_port *fp, u16 format);
int ftdi_set_break(struct ftdi_port *fp, bool on);
int ftdi_set_flow(struct ftdi_port *fp, u16 flow, u16 xon_xoff);
int ftdi_set_lines(struct ftdi_port *fp, u8 mask, u8 lines);
int ftdi_set_latency(struct ftdi_port *fp, u8 latency, bool low_latency);
int ftdi_set_event_char(struct ftdi_port *fp, u16 event_char);
int ftdi_set_error_char(struct ftdi_port *fp, u16 error_char);
int ftdi_set_bit_mode(struct ftdi_port *fp, u16 bit_mode);
int ftdi_reset(struct ftdi_port *fp);
int ftdi_purge(struct ftdi_port *fp, bool in, bool out);
void ftdi_replay(struct ftdi_port *fp);

/* port.c */
struct ftdi_port *ftdi_port_alloc(struct usb_serial_port *port);
void ftdi_port_free(struct ftdi_port *fp);
int ftdi_port_probe(struct usb_serial_port *port);
void ftdi_port_remove(struct usb_serial_port *port);
int ftdi_port_use(struct ftdi_port *fp, unsigned int user);
void ftdi_port_unuse(struct ftdi_port *fp, unsigned int user);
void ftdi_port_pause(struct ftdi_port *fp);
void ftdi_port_continue(struct ftdi_port *fp, bool forgot);

/* urbs.c */
struct ftdi_urb *ftdi_urbs_alloc(struct ftdi_port *fp, unsigned int nr, unsigned int pipe,
				 unsigned int size, usb_complete_t complete,
				 struct list_head *list);
void ftdi_urbs_free(struct ftdi_urb *urbs, unsigned int nr);

/* rx.c */
void ftdi_rx_init(struct ftdi_port *fp);
int ftdi_rx_alloc(struct ftdi_port *fp);
void ftdi_rx_free(struct ftdi_port *fp);
void ftdi_rx_start(struct ftdi_port *fp);
void ftdi_rx_stop(struct ftdi_port *fp);
void ftdi_rx_drop(struct ftdi_port *fp);
void ftdi_rx_set_tty(struct ftdi_port *fp, bool open);
void ftdi_rx_throttle(struct ftdi_port *fp, bool on);
int ftdi_rx_purge(struct ftdi_port *fp);
bool ftdi_rx_is_in_callback(struct ftdi_port *fp);

/* tx.c */
void ftdi_tx_init(struct ftdi_port *fp);
int ftdi_tx_alloc(struct ftdi_port *fp);
void ftdi_tx_free(struct ftdi_port *fp);
void ftdi_tx_start(struct ftdi_port *fp);
void ftdi_tx_stop(struct ftdi_port *fp);
void ftdi_tx_drop(struct ftdi_port *fp);
unsigned int ftdi_tx_append(struct ftdi_port *fp, struct ftdi_urb *item, const u8 *data,
			    unsigned int len);
int ftdi_tx_console_alloc(struct ftdi_port *fp);
void ftdi_tx_console_free(struct ftdi_port *fp);
void ftdi_tx_kick(struct ftdi_port *fp);
int ftdi_tx_write(struct ftdi_port *fp, const u8 *data, unsigned int len);
unsigned int ftdi_tx_room(struct ftdi_port *fp);
unsigned int ftdi_tx_queued(struct ftdi_port *fp);
void ftdi_tx_xchar(struct ftdi_port *fp, u8 ch);
int ftdi_tx_purge(struct ftdi_port *fp);
void ftdi_tx_rate_changed(struct ftdi_port *fp);

/* drain.c */
void ftdi_wait_until_sent(struct tty_struct *tty, long timeout);
bool ftdi_tx_empty(struct ftdi_port *fp);

/* modem.c */
void ftdi_modem_init(struct ftdi_port *fp);
void ftdi_modem_changed(struct ftdi_port *fp, u8 changed);
void ftdi_modem_sync(struct ftdi_port *fp);
void ftdi_modem_watch(struct ftdi_port *fp);
void ftdi_modem_stop(struct ftdi_port *fp);
int ftdi_tiocmget(struct tty_struct *tty);
int ftdi_tiocmset(struct tty_struct *tty, unsigned int set, unsigned int clear);
int ftdi_tiocmiwait(struct tty_struct *tty, unsigned long arg);
void ftdi_dtr_rts(struct usb_serial_port *port, int on);

/* termios.c */
void ftdi_apply_termios(struct ftdi_port *fp, struct ktermios *termios, COMPAT_OLD_TERMIOS *old);
void ftdi_set_termios(struct tty_struct *tty, struct usb_serial_port *port,
		      COMPAT_OLD_TERMIOS *old);

/* tty.c */
int ftdi_open(struct tty_struct *tty, struct usb_serial_port *port);
void ftdi_close(struct usb_serial_port *port);
int ftdi_write(struct tty_struct *tty, struct usb_serial_port *port, const unsigned char *buf,
	       int count);
unsigned int ftdi_write_room(struct tty_struct *tty);
unsigned int ftdi_chars_in_buffer(struct tty_struct *tty);
void ftdi_throttle(struct tty_struct *tty);
void ftdi_unthrottle(struct tty_struct *tty);
int ftdi_break_ctl(struct tty_struct *tty, int state);
int ftdi_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg);
void ftdi_get_serial(struct tty_struct *tty, struct serial_struct *ss);
int ftdi_set_serial(struct tty_struct *tty, struct serial_struct *ss);

/* sysfs.c */
extern const struct attribute_group *ftdi_port_groups[];

/* gpio.c */
#ifdef CONFIG_GPIOLIB
int ftdi_gpio_add(struct ftdi_port *fp);
void ftdi_gpio_remove(struct ftdi_port *fp);
#else
static inline int ftdi_gpio_add(struct ftdi_port *fp)
{
	return 0;
}

static inline void ftdi_gpio_remove(struct ftdi_port *fp)
{
}
#endif

/* The line is a console of this driver, or of a usbserial that has its own. */
static inline bool ftdi_is_console(const struct ftdi_port *fp)
{
	return fp->users & FTDI_USER_CONSOLE || fp->port->port.console;
}

#endif
