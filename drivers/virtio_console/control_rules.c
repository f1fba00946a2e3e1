// SPDX-License-Identifier: GPL-2.0
/*
 * The table of control events: minimum lengths, the states in which each is
 * legal, what to do. And the cleaning of names, which come from the host.
 * Nothing here touches a device; control.c acts on the verdicts.
 */
#include "control_rules.h"

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/virtio_console.h>
#else
#include <string.h>
#include <linux/virtio_console.h>
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#define VCON_STATE_PRESENT (VCON_STATE_PLAIN | VCON_STATE_OPENED | VCON_STATE_CONSOLE)

struct control_rule {
	u8 payload_min;		/* bytes behind the header */
	u8 legal;		/* mask of enum vcon_port_state */
	enum vcon_action action;
};

/* Indexed by event; what a device never sends has no legal state. */
static const struct control_rule control_rules[] = {
	[VIRTIO_CONSOLE_PORT_ADD] = { 0, VCON_STATE_ABSENT | VCON_STATE_PRESENT, VCON_ADD },
	[VIRTIO_CONSOLE_PORT_REMOVE] = { 0, VCON_STATE_PRESENT, VCON_REMOVE },
	[VIRTIO_CONSOLE_CONSOLE_PORT] = { 0, VCON_STATE_PLAIN, VCON_MAKE_CONSOLE },
	[VIRTIO_CONSOLE_RESIZE] = { 4, VCON_STATE_CONSOLE, VCON_RESIZE },
	[VIRTIO_CONSOLE_PORT_OPEN] = { 0, VCON_STATE_PRESENT, VCON_HOST_OPEN },
	[VIRTIO_CONSOLE_PORT_NAME] = { 0, VCON_STATE_PRESENT, VCON_NAME },
};

/**
 * vcon_control_u16 - read a 16-bit field of a control message
 * @bytes: where it starts
 * @little_endian: false on a legacy device, whose fields are guest-native
 *
 * Return: the value.
 */
u16 vcon_control_u16(const u8 *bytes, bool little_endian)
{
	u16 native;

	if (little_endian)
		return (u16)(bytes[0] | bytes[1] << 8);
	memcpy(&native, bytes, sizeof(native));
	return native;
}

/**
 * vcon_control_size - the window size in a RESIZE message
 * @msg: the message, judged VCON_RESIZE
 * @little_endian: false on a legacy device
 * @rows_first: the host sends them in the order in which Linux read them for
 *	years
 * @columns: character cells in a row
 * @rows: rows
 *
 * Source: virtio 1.2, 5.3.6.2: columns, then rows.
 */
void vcon_control_size(const struct vcon_message *msg, bool little_endian, bool rows_first,
		       u16 *columns, u16 *rows)
{
	u16 first = vcon_control_u16(msg->payload, little_endian);
	u16 second = vcon_control_u16(msg->payload + 2, little_endian);

	*columns = rows_first ? second : first;
	*rows = rows_first ? first : second;
}

static u32 control_u32(const u8 *bytes, bool little_endian)
{
	u32 native;

	if (little_endian)
		return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (u32)bytes[3] << 24;
	memcpy(&native, bytes, sizeof(native));
	return native;
}

/**
 * vcon_control_parse - split a control message into its fields
 * @buf: the bytes that the host wrote
 * @len: how many, at most the size of the buffer
 * @little_endian: false on a legacy device
 * @msg: filled in; its payload points into @buf
 *
 * Source: virtio 1.2, 5.3.6.2.
 * Return: false when there is no whole header.
 */
bool vcon_control_parse(const u8 *buf, size_t len, bool little_endian, struct vcon_message *msg)
{
	if (len < VCON_CONTROL_HEADER)
		return false;
	msg->id = control_u32(buf, little_endian);
	msg->event = vcon_control_u16(buf + 4, little_endian);
	msg->value = vcon_control_u16(buf + 6, little_endian);
	msg->payload = buf + VCON_CONTROL_HEADER;
	msg->payload_len = len - VCON_CONTROL_HEADER;
	return true;
}

/**
 * vcon_control_judge - decide what a control message from the host asks for
 * @msg: the message
 * @max_ports: number of ports the device can have
 * @state: what is known of the port that @msg->id names
 *
 * Return: an action; the VCON_DROP ones mean that nothing may be done.
 */
enum vcon_action vcon_control_judge(const struct vcon_message *msg, u32 max_ports,
				    enum vcon_port_state state)
{
	const struct control_rule *rule;

	if (msg->event >= ARRAY_SIZE(control_rules))
		return VCON_DROP_EVENT;
	rule = &control_rules[msg->event];
	if (!rule->legal)
		return VCON_DROP_EVENT;
	if (msg->id >= max_ports)
		return VCON_DROP_ID;
	if (msg->payload_len < rule->payload_min)
		return VCON_DROP_SHORT;
	if (!(rule->legal & state))
		return VCON_DROP_STATE;

	switch (rule->action) {
	case VCON_ADD:
		return state == VCON_STATE_ABSENT ? VCON_ADD : VCON_ADD_AGAIN;
	case VCON_MAKE_CONSOLE:
		return msg->value ? VCON_MAKE_CONSOLE : VCON_DROP_STATE;
	case VCON_HOST_OPEN:
		return msg->value ? VCON_HOST_OPEN : VCON_HOST_CLOSE;
	default:
		return rule->action;
	}
}

/**
 * vcon_control_implies_port - does a message show that an unknown port exists
 * @msg: a message about a port that has not been announced
 * @max_ports: number of ports the device can have
 *
 * For devices that are known to have dropped announcements.
 *
 * Return: true for news that a device has only of a port it has.
 */
bool vcon_control_implies_port(const struct vcon_message *msg, u32 max_ports)
{
	switch (vcon_control_judge(msg, max_ports, VCON_STATE_PLAIN)) {
	case VCON_MAKE_CONSOLE:
	case VCON_HOST_OPEN:
	case VCON_NAME:
		return true;
	default:
		return false;
	}
}

/*
 * The length of the well-formed UTF-8 sequence at @s, or 0; overlong forms,
 * surrogates and what lies above U+10FFFF are not well-formed.
 */
static size_t utf8_sequence(const u8 *s, size_t len)
{
	u32 code, min;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2;
		min = 0x80;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		n = 3;
		min = 0x800;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4;
		min = 0x10000;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	code = s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < min || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

static bool is_control(const u8 *s, size_t n)
{
	if (n == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	return n == 2 && s[0] == 0xc2 && s[1] < 0xa0;	/* U+0080 to U+009F */
}

/**
 * vcon_name_clean - make a host's port name fit for user space
 * @dst: the cleaned name, terminated
 * @size: room in @dst, at least 1
 * @src: the bytes of the name; a NUL ends it early
 * @len: how many
 *
 * Every control character and every byte that is not UTF-8 becomes an
 * underscore; the name is cut at a character's boundary.
 *
 * Return: the length of the cleaned name in bytes.
 */
size_t vcon_name_clean(char *dst, size_t size, const u8 *src, size_t len)
{
	size_t in = 0, out = 0;

	while (in < len && src[in]) {
		size_t n = utf8_sequence(src + in, len - in);
		bool keep = n && !is_control(src + in, n);
		size_t width = keep ? n : 1;

		if (out + width >= size)
			break;
		if (keep)
			memcpy(dst + out, src + in, n);
		else
			dst[out] = '_';
		out += width;
		in += n ? n : 1;
	}
	dst[out] = '\0';
	return out;
}
