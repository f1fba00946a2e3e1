// SPDX-License-Identifier: GPL-2.0
/*
 * Text for people and for programs. A file name, an error text or a port name
 * comes from the other end and may hold anything: it reaches a terminal or a log
 * only through text_printable(), and JSON only through text_json_string().
 */
#include <stdbool.h>
#include <string.h>

#include "text.h"

/* Length of the valid UTF-8 sequence at @bytes, 0 if there is none. */
static size_t sequence_length(const uint8_t *bytes)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = bytes[0] < 0x80 ? 1 :
			bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4 :
			bytes[0] >= 0xe0 && bytes[0] < 0xf0 ? 3 :
			bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2 : 0;
	uint32_t point = length > 1 ? bytes[0] & (0x7f >> length) : bytes[0];

	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	if (length > 1 && (point < smallest[length] || point > 0x10ffff ||
			   (point >= 0xd800 && point < 0xe000)))
		return 0;
	return length;
}

/* C0, DEL and C1 control characters drive terminals. */
static bool is_control(const uint8_t *bytes, size_t length)
{
	return (length == 1 && (bytes[0] < 0x20 || bytes[0] == 0x7f)) ||
	       (length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

/**
 * text_printable() - make bytes of unknown origin safe to show
 * @out: receives valid UTF-8 without control characters; other bytes appear as \xNN
 * @size: of @out; what does not fit is cut at a character
 * @in: the bytes, NUL-terminated
 */
void text_printable(char *out, size_t size, const char *in)
{
	const uint8_t *bytes = (const uint8_t *)in;
	size_t used = 0;

	while (*bytes) {
		size_t length = sequence_length(bytes);
		bool plain = length && !is_control(bytes, length);
		size_t width = plain ? length : 4;

		if (used + width >= size)
			break;
		if (plain)
			memcpy(out + used, bytes, length);
		else
			snprintf(out + used, 5, "\\x%02x", *bytes);
		used += width;
		bytes += plain ? length : 1;
	}
	out[used] = '\0';
}

/**
 * text_json_string() - print a JSON string with its quotes
 * @out: where to
 * @string: any bytes, NUL-terminated
 *
 * Bytes that are not UTF-8 become lone surrogates U+DC80 to U+DCFF, which Python's
 * os.fsencode() turns back into the bytes.
 */
void text_json_string(FILE *out, const char *string)
{
	const uint8_t *bytes = (const uint8_t *)string;

	putc('"', out);
	while (*bytes) {
		size_t length = sequence_length(bytes);

		if (!length)
			fprintf(out, "\\udc%02x", *bytes);
		else if (*bytes == '"' || *bytes == '\\')
			fprintf(out, "\\%c", *bytes);
		else if (length == 1 && (*bytes < 0x20 || *bytes == 0x7f))
			fprintf(out, "\\u%04x", *bytes);
		else
			fwrite(bytes, 1, length, out);
		bytes += length ? length : 1;
	}
	putc('"', out);
}

/**
 * text_bytes() - a size for people
 * @out: receives it, such as "1.4 MB"
 * @size: of @out
 * @bytes: the size in bytes
 *
 * Return: @out.
 */
const char *text_bytes(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t whole = bytes, tenths = 0;
	size_t unit = 0;

	while (whole >= 1000 && unit < 6) {
		tenths = whole % 1000 / 100;
		whole /= 1000;
		unit++;
	}
	if (unit && whole < 100)
		snprintf(out, size, "%u.%u %s", (unsigned int)whole, (unsigned int)tenths,
			 units[unit]);
	else
		snprintf(out, size, "%u %s", (unsigned int)whole, units[unit]);
	return out;
}

/**
 * text_seconds() - a duration for people
 * @out: receives it, such as "1:02" (minutes, seconds) or "3:00:01"
 * @size: of @out
 * @seconds: the duration
 *
 * Return: @out.
 */
const char *text_seconds(char *out, size_t size, double seconds)
{
	unsigned int whole = seconds < 0 ? 0 : seconds > 3e6 ? 3000000 : seconds + 0.5;

	if (whole >= 3600)
		snprintf(out, size, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
	else
		snprintf(out, size, "%u:%02u", whole / 60, whole % 60);
	return out;
}
