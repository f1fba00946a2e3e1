/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a control message from the host may mean: pure code without kernel
 * state, also compiled in user space for the unit tests and the fuzzer.
 */
#ifndef VCON_CONTROL_RULES_H
#define VCON_CONTROL_RULES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
#endif

#define VCON_CONTROL_HEADER 8	/* le32 id, le16 event, le16 value */
#define VCON_NAME_MAX 255	/* bytes of a port's name, a file name's limit */

/* What the receiver of a message knows of the port it names. */
enum vcon_port_state {
	VCON_STATE_ABSENT = 1 << 0,	/* no such port */
	VCON_STATE_PLAIN = 1 << 1,	/* a port, not a console */
	VCON_STATE_OPENED = 1 << 2,	/* a port that user space has open */
	VCON_STATE_CONSOLE = 1 << 3,	/* a port that is an hvc console */
};

/* What to do about a message. */
enum vcon_action {
	VCON_DROP_SHORT,	/* too short for its event */
	VCON_DROP_EVENT,	/* no event that a device sends */
	VCON_DROP_ID,		/* no port of this device can have that id */
	VCON_DROP_STATE,	/* not in this state of the port */
	VCON_ADD,		/* create the port, answer PORT_READY */
	VCON_ADD_AGAIN,		/* the port exists: answer PORT_READY once more */
	VCON_REMOVE,
	VCON_MAKE_CONSOLE,	/* give it an hvc line, answer PORT_OPEN */
	VCON_RESIZE,		/* payload: le16 columns, le16 rows */
	VCON_HOST_OPEN,
	VCON_HOST_CLOSE,
	VCON_NAME,		/* payload: the name */
};

struct vcon_message {
	u32 id;
	u16 event;
	u16 value;
	const u8 *payload;
	size_t payload_len;
};

bool vcon_control_parse(const u8 *buf, size_t len, bool little_endian, struct vcon_message *msg);
enum vcon_action vcon_control_judge(const struct vcon_message *msg, u32 max_ports,
				    enum vcon_port_state state);
bool vcon_control_implies_port(const struct vcon_message *msg, u32 max_ports);
u16 vcon_control_u16(const u8 *bytes, bool little_endian);
void vcon_control_size(const struct vcon_message *msg, bool little_endian, bool rows_first,
		       u16 *columns, u16 *rows);
size_t vcon_name_clean(char *dst, size_t size, const u8 *src, size_t len);

#endif
