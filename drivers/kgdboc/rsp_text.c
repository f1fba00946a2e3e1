// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol's text: numbers, hexadecimal and binary bytes out of a packet
 * and into a reply. Every function here stays inside its buffers; a reply that
 * would grow too long is cut.
 */
#include "rsp_packet.h"

static const char digits[] = "0123456789abcdef";

/**
 * rsp_hex_digit - the value of a hexadecimal digit
 * @c: a character
 *
 * Return: 0 to 15, or -1.
 */
int rsp_hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * rsp_take - take one character
 * @c: the place, which moves if the character is there
 * @wanted: the character
 *
 * Return: whether it was there.
 */
bool rsp_take(struct rsp_cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != (u8)wanted)
		return false;
	c->at++;
	return true;
}

/**
 * rsp_take_word - take a word
 * @c: the place, which moves if the whole word is there
 * @word: the word
 *
 * Return: whether it was there.
 */
bool rsp_take_word(struct rsp_cursor *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len))
		return false;
	c->at += len;
	return true;
}

/**
 * rsp_take_number - take a hexadecimal number
 * @c: the place
 * @number: the number
 *
 * Return: false when there is no digit or the number has more than 64 bits.
 */
bool rsp_take_number(struct rsp_cursor *c, u64 *number)
{
	const u8 *start = c->at;
	u64 n = 0;

	for (; c->at != c->end; c->at++) {
		int digit = rsp_hex_digit(*c->at);

		if (digit < 0)
			break;
		if (n >> 60)
			return false;
		n = n << 4 | digit;
	}
	*number = n;
	return c->at != start;
}

/**
 * rsp_take_pair - take two hexadecimal numbers
 * @c: the place
 * @first: the first number
 * @between: the character between them
 * @second: the second number
 *
 * Return: whether all was there.
 */
bool rsp_take_pair(struct rsp_cursor *c, u64 *first, char between, u64 *second)
{
	return rsp_take_number(c, first) && rsp_take(c, between) && rsp_take_number(c, second);
}

/**
 * rsp_take_tid - take a thread id
 * @c: the place
 * @tid: the id; -1 for all threads, 0 for any
 *
 * Return: whether there was one.
 */
bool rsp_take_tid(struct rsp_cursor *c, s64 *tid)
{
	u64 number;

	if (rsp_take_word(c, "-1")) {
		*tid = -1;
		return true;
	}
	if (!rsp_take_number(c, &number) || number >> 63)
		return false;
	*tid = number;
	return true;
}

/**
 * rsp_take_hex - take bytes written as pairs of digits
 * @c: the place, which moves behind what was taken
 * @buf: for the bytes
 * @size: of @buf
 *
 * Return: how many bytes.
 */
size_t rsp_take_hex(struct rsp_cursor *c, u8 *buf, size_t size)
{
	size_t n;

	for (n = 0; n < size && c->end - c->at >= 2; n++) {
		int high = rsp_hex_digit(c->at[0]), low = rsp_hex_digit(c->at[1]);

		if (high < 0 || low < 0)
			break;
		buf[n] = high << 4 | low;
		c->at += 2;
	}
	return n;
}

/**
 * rsp_take_binary - take the rest of the packet as binary data
 * @c: the place
 * @buf: for the bytes; may be where @c is
 * @size: of @buf
 *
 * Return: how many bytes.
 */
size_t rsp_take_binary(struct rsp_cursor *c, u8 *buf, size_t size)
{
	size_t n;

	for (n = 0; n < size && c->at != c->end; n++) {
		u8 byte = *c->at++;

		if (byte == '}') {
			if (c->at == c->end)
				break;
			byte = *c->at++ ^ 0x20;
		}
		buf[n] = byte;
	}
	return n;
}

/**
 * rsp_put_char - add a character to the reply
 * @rsp: the protocol
 * @c: the character
 */
void rsp_put_char(struct rsp *rsp, char c)
{
	if (rsp->reply_len < sizeof(rsp->reply))
		rsp->reply[rsp->reply_len++] = c;
}

/**
 * rsp_put_text - add text to the reply
 * @rsp: the protocol
 * @text: the text
 */
void rsp_put_text(struct rsp *rsp, const char *text)
{
	while (*text)
		rsp_put_char(rsp, *text++);
}

/* Hexadecimal digits of a number, the last first. */
static unsigned int reversed(char out[16], u64 number)
{
	unsigned int n = 0;

	do {
		out[n++] = digits[number & 15];
		number >>= 4;
	} while (number);
	return n;
}

/**
 * rsp_put_number - add a hexadecimal number to the reply
 * @rsp: the protocol
 * @number: the number
 */
void rsp_put_number(struct rsp *rsp, u64 number)
{
	char text[16];
	unsigned int n = reversed(text, number);

	while (n)
		rsp_put_char(rsp, text[--n]);
}

/**
 * rsp_put_hex - add bytes as pairs of digits to the reply
 * @rsp: the protocol
 * @bytes: the bytes; may be the last @len bytes of the reply's buffer
 * @len: how many
 */
void rsp_put_hex(struct rsp *rsp, const u8 *bytes, size_t len)
{
	size_t room = (sizeof(rsp->reply) - rsp->reply_len) / 2;
	u8 *out = rsp->reply + rsp->reply_len;
	size_t i;

	if (len > room)
		len = room;
	for (i = 0; i < len; i++) {
		u8 byte = bytes[i];

		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	rsp->reply_len += 2 * len;
}

/**
 * rsp_put_binary - add a byte of binary data to the reply
 * @rsp: the protocol
 * @byte: the byte
 *
 * Return: false when there was no room.
 */
bool rsp_put_binary(struct rsp *rsp, u8 byte)
{
	bool escape = byte == '$' || byte == '#' || byte == '}' || byte == '*';

	if (sizeof(rsp->reply) - rsp->reply_len < 2)
		return false;
	if (escape) {
		rsp->reply[rsp->reply_len++] = '}';
		byte ^= 0x20;
	}
	rsp->reply[rsp->reply_len++] = byte;
	return true;
}

/**
 * rsp_put_error - make the reply an error
 * @rsp: the protocol
 * @number: a positive errno
 */
void rsp_put_error(struct rsp *rsp, unsigned int number)
{
	rsp->reply_len = 0;
	rsp_put_char(rsp, 'E');
	rsp_put_char(rsp, '0' + number / 10 % 10);
	rsp_put_char(rsp, '0' + number % 10);
}

/**
 * rsp_put_ok - make the reply OK
 * @rsp: the protocol
 */
void rsp_put_ok(struct rsp *rsp)
{
	rsp->reply_len = 0;
	rsp_put_text(rsp, "OK");
}

static void window_char(struct rsp_window *w, char c)
{
	if (w->skip) {
		w->skip--;
		return;
	}
	if (!w->room || !rsp_put_binary(w->rsp, c)) {
		w->room = 0;
		w->more = true;
		return;
	}
	w->room--;
}

/**
 * rsp_window_text - add text to a document
 * @w: the part of it that is asked for
 * @text: the text
 */
void rsp_window_text(struct rsp_window *w, const char *text)
{
	while (*text)
		window_char(w, *text++);
}

/**
 * rsp_window_number - add a hexadecimal number to a document
 * @w: the part of it that is asked for
 * @number: the number
 */
void rsp_window_number(struct rsp_window *w, u64 number)
{
	char text[16];
	unsigned int n = reversed(text, number);

	while (n)
		window_char(w, text[--n]);
}

/**
 * rsp_window_decimal - add a decimal number to a document
 * @w: the part of it that is asked for
 * @number: the number
 */
void rsp_window_decimal(struct rsp_window *w, unsigned int number)
{
	unsigned int scale = 1;

	while (number / scale >= 10)
		scale *= 10;
	for (; scale; scale /= 10)
		window_char(w, digits[number / scale % 10]);
}
