// SPDX-License-Identifier: GPL-2.0
/*
 * The chip types and their vendor requests. How bytes move is in uart.c and
 * bulk.c.
 */
#include <string.h>

#include "model.h"

#define BM .divider = DIVIDER_BM, .has_latency = true, .interfaces = 1
#define H .divider = DIVIDER_H, .has_latency = true, .channels = true, .high_speed = true

static const struct chip chips[] = {
	{ .name = "sio", .bcd = 0x100, .product = 0x8372, .interfaces = 1,
	  .divider = DIVIDER_SIO, .from_host = 128, .to_host = 128 },
	{ .name = "am", .bcd = 0x200, .product = 0x6001, .interfaces = 1, .divider = DIVIDER_AM,
	  .from_host = 128, .to_host = 128 },
	{ BM, .name = "bm", .bcd = 0x400, .product = 0x6001, .from_host = 128, .to_host = 384 },
	{ .name = "2232c", .bcd = 0x500, .product = 0x6010, .interfaces = 2, .channels = true,
	  .divider = DIVIDER_BM, .has_latency = true, .from_host = 128, .to_host = 384 },
	{ BM, .name = "r", .bcd = 0x600, .product = 0x6001, .from_host = 256, .to_host = 128 },
	{ H, .name = "2232h", .bcd = 0x700, .product = 0x6010, .interfaces = 2,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "4232h", .bcd = 0x800, .product = 0x6011, .interfaces = 4,
	  .from_host = 2048, .to_host = 2048 },
	{ H, .name = "232h", .bcd = 0x900, .product = 0x6014, .interfaces = 1,
	  .from_host = 1024, .to_host = 1024 },
	{ BM, .name = "x", .bcd = 0x1000, .product = 0x6015, .channels = true, .from_host = 512,
	  .to_host = 512 },
	{ H, .name = "2233hp", .bcd = 0x2800, .product = 0x6040, .interfaces = 2,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "4233hp", .bcd = 0x2900, .product = 0x6041, .interfaces = 4,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "2232hp", .bcd = 0x3000, .product = 0x6042, .interfaces = 2,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "4232hp", .bcd = 0x3100, .product = 0x6043, .interfaces = 4,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "233hp", .bcd = 0x3200, .product = 0x6044, .interfaces = 1,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "232hp", .bcd = 0x3300, .product = 0x6045, .interfaces = 1,
	  .from_host = 4096, .to_host = 4096 },
	{ H, .name = "4232ha", .bcd = 0x3600, .product = 0x6048, .interfaces = 4,
	  .from_host = 4096, .to_host = 4096 },
};

/**
 * chip_find() - a type of chip by its name
 * @name: as in the table
 *
 * Return: the chip or NULL.
 */
const struct chip *chip_find(const char *name)
{
	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		if (!strcmp(chips[i].name, name))
			return &chips[i];
	return NULL;
}

/**
 * chip_power_on() - everything as after a reset of the bus
 */
void chip_power_on(void)
{
	for (int i = 0; i < CHANNELS; i++) {
		struct channel *ch = &model.channels[i];

		ch->number = i;
		bulk_drop(ch);
		uart_reset(ch);
		ch->rate = 9600;
		ch->data = 8;
		ch->latency = 16;
		ch->error_char = 0;
		ch->bit_mode = 0;
		ch->halted_in = ch->halted_out = false;
	}
	uart_rewire();
}

/* ---- rates ---- */

static double rate_sio(uint16_t value)
{
	static const int rates[] = { 300,  600,   1200,  2400,  4800,
				     9600, 19200, 38400, 57600, 115200 };

	return value < 10 ? rates[value] : 0;
}

static double rate_am(uint16_t value)
{
	static const double fractions[] = { 0, 0.5, 0.25, 0.125 };

	if (value == 0)
		return 3e6;
	if ((value & 0x3fff) < 2)
		return 0;
	return 3e6 / ((value & 0x3fff) + fractions[value >> 14]);
}

/* The divisors 0 and 1 stand for 1 and 1.5; others below 2 do not exist. */
static double rate_bm(uint32_t divisor, double clock)
{
	static const double fractions[] = { 0, 0.5, 0.25, 0.125, 0.375, 0.625, 0.75, 0.875 };
	uint32_t whole = divisor & 0x3fff;
	int code = divisor >> 14 & 7;

	if (!whole && !code)
		return clock;
	if (whole == 1 && !code)
		return clock / 1.5;
	return whole < 2 ? 0 : clock / (whole + fractions[code]);
}

static double rate_of(uint16_t value, uint16_t index)
{
	uint32_t divisor = (uint32_t)(model.chip->channels ? index >> 8 : index) << 16 | value;

	switch (model.chip->divider) {
	case DIVIDER_SIO:
		return rate_sio(value);
	case DIVIDER_AM:
		return rate_am(value);
	case DIVIDER_BM:
		return rate_bm(divisor & 0x1ffff, 3e6);
	default:
		return rate_bm(divisor & 0x1ffff, divisor & 0x20000 ? 12e6 : 3e6);
	}
}

/* ---- requests ---- */

static bool set_reset(struct channel *ch, uint16_t value)
{
	if (value == 0)
		uart_reset(ch);
	else if (value == 1)
		uart_purge_from_host(ch);
	else if (value == 2)
		uart_purge_to_host(ch);
	return value <= 2;
}

static bool set_lines(struct channel *ch, uint16_t value)
{
	if (value & 0x100)
		ch->dtr = value & 1;
	if (value & 0x200)
		ch->rts = value & 2;
	uart_rewire();
	return true;
}

static bool set_flow(struct channel *ch, uint16_t value, uint8_t flow)
{
	ch->flow = flow;
	ch->xon_xoff = value;
	uart_rewire();
	return true;
}

static bool set_rate(struct channel *ch, uint16_t value, uint16_t index)
{
	double rate = rate_of(value, index);

	if (!rate) {
		event("illegal-divisor %d 0x%04x 0x%04x", ch->number, value, index);
		return false;
	}
	ch->rate = rate;
	event("rate %d %.0f", ch->number, rate);
	return true;
}

static bool set_data(struct channel *ch, uint16_t value)
{
	int bits = value & 0xff;

	ch->data = value;
	uart_rewire();
	return (bits == 0 || bits == 7 || bits == 8) && (value >> 8 & 7) <= 4 &&
	       (value >> 11 & 7) <= 2;
}

static bool read_eeprom(uint16_t index, uint8_t *reply, int *len)
{
	uint16_t word = model.eeprom[index % EEPROM_WORDS];

	reply[0] = word;
	reply[1] = word >> 8;
	*len = 2;
	return true;
}

static bool read_pins(const struct channel *ch, uint8_t *reply, int *len)
{
	uint8_t outputs = ch->bit_mode >> 4 & 0xf;

	reply[0] = (ch->bit_mode & outputs) | (ch->pins & ~outputs);
	*len = 1;
	return true;
}

static bool read_status(const struct channel *ch, uint8_t *reply, int *len)
{
	reply[0] = uart_modem(ch) | 1;
	reply[1] = uart_line(ch);
	*len = model.chip->divider == DIVIDER_SIO ? 1 : 2;
	return true;
}

/* One request of a host that knows the chip; false: stall. */
static bool serve(struct channel *ch, uint8_t request, uint16_t value, uint16_t index,
		  uint8_t *reply, int *len)
{
	const struct chip *chip = model.chip;

	switch (request) {
	case 0x00: return set_reset(ch, value);
	case 0x01: return set_lines(ch, value);
	case 0x02: return set_flow(ch, value, index >> 8);
	case 0x03: return set_rate(ch, value, index);
	case 0x04: return set_data(ch, value);
	case 0x05: return read_status(ch, reply, len);
	case 0x06:
		ch->event_char = value;
		return chip->divider != DIVIDER_SIO;
	case 0x07:
		ch->error_char = value;
		return chip->divider != DIVIDER_SIO;
	case 0x09:
		ch->latency = value;
		return chip->has_latency;
	case 0x0a:
		reply[0] = ch->latency;
		*len = 1;
		return chip->has_latency;
	case 0x0b:
		ch->bit_mode = value;
		return chip->has_latency;
	case 0x0c: return read_pins(ch, reply, len);
	case 0x90: return read_eeprom(index, reply, len);
	default: return false;
	}
}

static bool once(int *count)
{
	if (*count <= 0)
		return false;
	(*count)--;
	return true;
}

/* Which line a request is for; one that names none is seen at once. */
static struct channel *channel_of(uint8_t request, uint16_t index)
{
	int number = index & 0xff;

	if (request == 0x90 || !model.chip->channels)
		return &model.channels[0];
	if (number < 1 || number > model.chip->interfaces) {
		event("no-channel 0x%02x 0x%04x", request, index);
		number = 1;
	}
	return &model.channels[number - 1];
}

/**
 * chip_request() - serve a vendor request
 * @type: bmRequestType
 * @request: bRequest
 * @value: wValue
 * @index: wIndex
 * @reply: where up to 2 bytes of an answer go
 * @len: set to their number
 *
 * Each is told as an event "request CHANNEL REQUEST VALUE INDEX STATUS".
 *
 * Return: a status of usbredir; usb_redir_timeout when it is never answered.
 */
uint8_t chip_request(uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *reply,
		     int *len)
{
	struct channel *ch = channel_of(request, index);
	uint8_t status = usb_redir_success;

	*len = 0;
	if (once(&model.faults.silent_request[request]))
		status = usb_redir_timeout;
	else if ((type != 0x40 && type != 0xc0) || once(&model.faults.stall_request[request]) ||
		 !serve(ch, request, value, index, reply, len))
		status = usb_redir_stall;
	if (once(&model.faults.short_request[request]) && *len)
		(*len)--;
	event("request %d 0x%02x 0x%04x 0x%04x %s", ch->number, request, value, index,
	      status == usb_redir_success ? "ok" : status == usb_redir_stall ? "stall" : "silent");
	return status;
}
