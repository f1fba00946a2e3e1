// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the module's parameter. Whatever is wrong is told in words, so that the
 * log names what the errno cannot.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "config.h"

#define UART_PORT_LAST 0xfff8	/* eight registers fit above it */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Skips @word at the start of @text, when it stands there. */
static bool take(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len))
		return false;
	*text += len;
	return true;
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* A number in hexadecimal (0x...) or decimal. */
static bool take_number(const char **text, u64 *value)
{
	int base = take(text, "0x") || take(text, "0X") ? 16 : 10;
	const char *p = *text;
	u64 n = 0;

	while (digit_value(*p) < base) {
		if (n > (~(u64)0 - 15) / base)
			return false;
		n = n * base + digit_value(*p++);
	}
	if (p == *text)
		return false;
	*text = p;
	*value = n;
	return true;
}

static int parse_uart(struct kgdboc_config *config, const char *text, const char **why)
{
	u64 baud = 0;

	config->kind = KGDBOC_UART;
	if (take(&text, "mmio,")) {
		config->mmio = true;
	} else if (!take(&text, "io,")) {
		*why = "uart: wants io,<address> or mmio,<address>";
		return -EINVAL;
	}
	if (!take_number(&text, &config->address)) {
		*why = "the address after uart:io, or uart:mmio, is not a number (0x2f8)";
		return -EINVAL;
	}
	if (!config->mmio && config->address > UART_PORT_LAST) {
		*why = "an I/O port is at most 0xfff8; uart:mmio,<address> takes an address in memory";
		return -EINVAL;
	}
	if (take(&text, ",") && (!take_number(&text, &baud) || !baud || baud > 115200)) {
		*why = "the rate of a uart: line is 1 to 115200";
		return -EINVAL;
	}
	if (*text) {
		*why = "there is more after the uart: line's rate";
		return -EINVAL;
	}
	config->baud = baud;
	return 0;
}

static int parse_vport(struct kgdboc_config *config, const char *text, const char **why)
{
	config->kind = KGDBOC_VPORT;
	if (!*text) {
		*why = "vport: wants the port's name, the name= of its virtserialport";
		return -EINVAL;
	}
	strcpy(config->name, text);
	return 0;
}

/* <tty><n>[,<options>]; a name without a number is no tty that can be polled. */
static int parse_tty(struct kgdboc_config *config, const char *text, const char **why)
{
	const char *comma = strchr(text, ',');
	size_t len = comma ? (size_t)(comma - text) : strlen(text);
	size_t i = 0;
	u64 index = 0;

	config->kind = KGDBOC_TTY;
	memcpy(config->name, text, len);
	config->name[len] = '\0';
	while (i < len && !is_digit(text[i]))
		i++;
	config->name_prefix = i;
	for (; i < len && is_digit(text[i]); i++)
		index = index * 10 + (text[i] - '0');
	if (!config->name_prefix || i == config->name_prefix || i < len || len > 32 ||
	    index > 0xffff) {
		*why = "a line is a tty with its number (ttyS0, hvc0), vport:<name> or uart:io,<address>";
		return -ENODEV;
	}
	config->index = index;
	if (comma)
		strcpy(config->options, comma + 1);
	return 0;
}

/**
 * kgdboc_options_baud - the rate in a tty's options
 * @options: "115200n8", or ""
 *
 * Return: bits per second; 0 when there is none.
 */
unsigned int kgdboc_options_baud(const char *options)
{
	u64 baud;

	return take_number(&options, &baud) && baud <= 4000000 ? baud : 0;
}

/**
 * kgdboc_options_plain - whether a tty's options ask for 8 bits without parity
 * @options: "115200n8", or ""
 *
 * Return: true when they do, or say nothing of it.
 */
bool kgdboc_options_plain(const char *options)
{
	while (is_digit(*options))
		options++;
	if (*options == 'n')
		options++;
	if (*options == '8')
		options++;
	return !*options;
}

/**
 * kgdboc_config_parse - read the parameter
 * @config: what it says; undefined on an error
 * @text: as it was written, perhaps with a line end
 * @why: set to a sentence on an error
 *
 * Return: 0; -ENOSPC too long; -ENODEV no such kind of line (as in-tree);
 * -EINVAL a line of ours with a mistake in it.
 */
int kgdboc_config_parse(struct kgdboc_config *config, const char *text, const char **why)
{
	size_t len = strlen(text);

	if (len && text[len - 1] == '\n')
		len--;
	memset(config, 0, sizeof(*config));
	if (len >= sizeof(config->text)) {
		*why = "the parameter is too long";
		return -ENOSPC;
	}
	memcpy(config->text, text, len);
	text = config->text;
	if (!*text || *text == ' ') {
		config->text[0] = '\0';
		return 0;
	}

	config->kms = take(&text, "kms,");
	config->keyboard = take(&text, "kbd") || take(&text, "kdb");
	if (config->keyboard && !take(&text, ",")) {
		if (!*text) {
			config->kind = KGDBOC_KEYBOARD;
			return 0;
		}
		*why = "a comma parts kbd from the line";
		return -ENODEV;
	}
	if (take(&text, "vport:"))
		return parse_vport(config, text, why);
	if (take(&text, "uart:"))
		return parse_uart(config, text, why);
	return parse_tty(config, text, why);
}
