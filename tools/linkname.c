// SPDX-License-Identifier: GPL-2.0
/*
 * The link below /dev/virtio-ports that a port's name makes: what udev makes of it, where
 * that is safe. udev/portside-links says the same in shell; tests/vectors/port-names.tsv
 * is the test of both.
 */
#include <stdint.h>
#include <string.h>

#include "linkname.h"

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_plain(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z') || (byte && strchr("#+-.:=@_/", byte));
}

/* Length of the valid sequence of two bytes or more at @bytes, 0 when there is none. */
static size_t sequence(const uint8_t *bytes)
{
	size_t length = bytes[0] >= 0xc2 && bytes[0] <= 0xdf ? 2 :
			bytes[0] >= 0xe0 && bytes[0] <= 0xef ? 3 :
			bytes[0] >= 0xf0 && bytes[0] <= 0xf4 ? 4 : 0;
	uint32_t point = length ? bytes[0] & (0x7f >> length) : 0;

	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	if ((length == 3 && point < 0x800) || (length == 4 && point < 0x10000) ||
	    point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ||
	    (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe)
		return 0;
	return length;
}

/* Is there a part ".." between slashes? */
static bool leads_up(const char *path)
{
	while (path) {
		if (!strncmp(path, "..", 2) && (path[2] == '/' || !path[2]))
			return true;
		path = strchr(path, '/');
		path += !!path;
	}
	return false;
}

/* Only valid characters, blanks cut off or made "_". Returns the length. */
static size_t clean(char *out, size_t size, const char *name)
{
	const uint8_t *in = (const uint8_t *)name, *end = in + strlen(name);
	size_t used = 0;

	while (end > in && is_blank(end[-1]))
		end--;
	while (in < end && is_blank(*in))
		in++;
	while (in < end && used + 5 < size) {
		size_t length = sequence(in);

		if (is_blank(*in)) {
			while (is_blank(*in))
				in++;
			out[used++] = '_';
			continue;
		}
		if (in[0] == '\\' && in[1] == 'x')
			length = 2;
		else if (is_plain(*in))
			length = 1;
		if (length)
			memcpy(out + used, in, length);
		else
			out[used] = '_';
		used += length ? length : 1;
		in += length ? length : 1;
	}
	out[used] = '\0';
	return used;
}

/* Takes out empty parts and "."; false if that is the last one, which is the name. */
static bool join_parts(char *path)
{
	char *to = path, *from = path;

	while (*from) {
		size_t length = strcspn(from, "/");
		bool last = !from[length];

		if (length == 0 || (length == 1 && from[0] == '.')) {
			if (last)
				return false;
		} else {
			memmove(to, from, length);
			to += length;
			if (!last)
				*to++ = '/';
		}
		from += length + !last;
		if (!last && !*from)
			return false;
	}
	*to = '\0';
	return to > path;
}

/**
 * link_name() - which link a port's name makes
 * @out: receives it, relative to /dev/virtio-ports; "" for none
 * @size: of @out
 * @name: as the host gave it
 *
 * Return: true if there is one. A name that would lead out of the folder makes none.
 */
bool link_name(char *out, size_t size, const char *name)
{
	out[0] = '\0';
	if (leads_up(name) || (is_blank(name[0]) && strstr(name, "..")))
		return false;
	clean(out, size, name);
	if (!leads_up(out) && join_parts(out))
		return true;
	out[0] = '\0';
	return false;
}
