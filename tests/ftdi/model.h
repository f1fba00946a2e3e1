/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of FTDI's chips on the host: speaks usbredir to QEMU's usb-redir, is
 * driven by lines on standard input (main.c). What chip.c knows of the chips is
 * written from their data sheets, not from the driver under test.
 */
#ifndef FTDI_MODEL_H
#define FTDI_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <usbredirparser.h>

#define CHANNELS 4
#define WIRE_LOG (1 << 20)
#define TO_HOST_MAX 65536
#define FROM_HOST_MAX 65536
#define EEPROM_WORDS 128

#define MODEM_CTS 0x10
#define MODEM_DSR 0x20
#define MODEM_RI 0x40
#define MODEM_DCD 0x80
#define LINE_OVERRUN 0x02
#define LINE_PARITY 0x04
#define LINE_FRAME 0x08
#define LINE_BREAK 0x10
#define LINE_EMPTY 0x60		/* THRE and TEMT */

enum divider { DIVIDER_SIO, DIVIDER_AM, DIVIDER_BM, DIVIDER_H };

/**
 * struct chip - what a type of chip is
 * @name: for the command `chip`
 * @bcd: bcdDevice
 * @product: idProduct
 * @interfaces: how many lines
 * @high_speed: 480 Mbit/s
 * @divider: how SET_BAUD is read
 * @channels: requests name the line in wIndex
 * @has_latency: the latency timer can be set
 * @from_host: bytes of the buffer towards the line
 * @to_host: and of that towards the host
 */
struct chip {
	const char *name;
	uint16_t bcd, product;
	int interfaces;
	bool high_speed;
	enum divider divider;
	bool channels, has_latency;
	int from_host, to_host;
};

/* A bulk transfer that QEMU waits for. */
struct transfer {
	uint64_t id;
	uint32_t len, done;
	uint8_t *data;
	struct transfer *next;
};

/* What goes wrong, how often more; each by the command `fault`. */
struct faults {
	int stall_in, stall_out, error_in, error_out, babble;
	int empty, short_status, odd;	/* transfers in of 0, 1, one packet + 1 bytes */
	bool hold_in, hold_out;		/* no transfer in, out ends */
	long unplug_after;		/* bytes out; 0: never */
	int stall_request[256], short_request[256], silent_request[256];
};

struct channel {
	int number;
	/* towards the host: a byte below, its line status above */
	uint16_t to_host[TO_HOST_MAX];
	int to_host_len;
	uint8_t from_host[FROM_HOST_MAX];
	int from_host_len;
	struct transfer *in, *out;
	bool halted_in, halted_out;
	bool flush;		/* send what there is at once */
	uint8_t modem;		/* inputs as set by hand */
	uint8_t wired;		/* inputs as the other line drives them */
	uint8_t latched;	/* line status for the next packet */
	bool break_in;		/* the other line holds a break */
	uint8_t seen;		/* modem inputs as last sent */
	int peer;		/* the line at the other end of the wire, or -1 */
	int64_t deadline;	/* of the latency timer, ns */
	int64_t next_char;	/* when the transmitter is free, ns */
	/* settings */
	double rate;
	uint16_t data, xon_xoff, event_char, error_char, bit_mode;
	uint8_t flow, latency;
	bool dtr, rts;
	uint8_t pins;		/* CBUS inputs */
	/* the wire's end, where no other line is */
	uint8_t sent[WIRE_LOG];
	long sent_len, sent_count, received_count, lost;
};

struct model {
	const struct chip *chip;
	uint16_t vendor, product, bcd;
	const char *manufacturer, *name, *serial;
	int max_packet;		/* as the descriptors say; -1: right for the speed */
	bool no_in, no_out;
	bool pace;		/* characters take their time on the wire */
	uint16_t eeprom[EEPROM_WORDS];
	struct faults faults;
	long out_bytes;
	struct channel channels[CHANNELS];
	struct usbredirparser *parser;
	int fd;
	bool plugged, hello;
};

extern struct model model;

/* main.c */
int64_t now_ns(void);
void event(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* chip.c */
const struct chip *chip_find(const char *name);
uint8_t chip_request(uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *reply,
		     int *len);
void chip_power_on(void);

/* uart.c */
void uart_reset(struct channel *ch);
void uart_purge_to_host(struct channel *ch);
void uart_purge_from_host(struct channel *ch);
void uart_receive(struct channel *ch, uint8_t byte, uint8_t line);
void uart_rewire(void);
uint8_t uart_modem(const struct channel *ch);
uint8_t uart_line(const struct channel *ch);
int uart_to_host_size(const struct channel *ch);
void uart_run(struct channel *ch, int64_t now);
int64_t uart_next(const struct channel *ch);

/* bulk.c */
void bulk_in(struct channel *ch, uint64_t id, uint32_t len);
void bulk_out(struct channel *ch, uint64_t id, uint8_t *data, uint32_t len);
void bulk_run(struct channel *ch, int64_t now);
int64_t bulk_next(const struct channel *ch);
bool bulk_cancel(uint64_t id);
void bulk_drop(struct channel *ch);
int packet_size(void);

/* usb.c */
void usb_open(int fd);
void usb_plug(void);
void usb_unplug(void);
void usb_reply_bulk(int endpoint, uint64_t id, uint8_t status, uint8_t *data, uint32_t len);

#endif
