/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What passes between gdb and the kernel's own stub. Pure code, also compiled
 * in user space for the unit tests. Both ends acknowledge packets to this code
 * at once, so a gdb that has gone never keeps the stub waiting; text of kdb
 * passes through for a person, and is hidden from a gdb that connects.
 */
#ifndef KGDBOC_STUB_H
#define KGDBOC_STUB_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint64_t u64;
typedef int64_t s64;
#endif

#include "frame.h"

#define STUB_PACKET_MAX 1023	/* what the stub holds on x86, without $ and #xx */
#define STUB_FRAME_MAX (STUB_PACKET_MAX + KGDBOC_FRAME_OVERHEAD)
#define STUB_RAW_MAX 1024
#define STUB_OUT_MAX 4096

enum stub_state {
	STUB_IDLE,
	STUB_PACKET,
	STUB_SUM1,
	STUB_SUM2,
};

/* A packet that is being collected. */
struct stub_packet {
	enum stub_state state;
	size_t len;
	bool too_long;
	bool bad;		/* the checksum told is not that of the data */
	u8 sum;
	u8 told;
	u8 data[STUB_PACKET_MAX + 1];	/* with a NUL */
};

struct kgdboc_stub {
	/* from the line, not looked at yet */
	u8 raw[STUB_RAW_MAX];
	size_t raw_len;
	size_t raw_off;
	/* for the stub or kdb */
	u8 feed[STUB_FRAME_MAX];
	size_t feed_len;
	size_t feed_off;
	bool ack_for_stub;	/* before anything else */
	/* for the line */
	u8 out[STUB_OUT_MAX];
	size_t out_len;
	bool out_has_frame;
	u8 last[STUB_FRAME_MAX];	/* the last frame, in case gdb wants it again */
	size_t last_len;

	struct stub_packet from_gdb;
	struct stub_packet from_stub;
	bool line_start;	/* a '$' now begins a packet; later in a line it is kdb's */
	bool gdb_mode;		/* the stub has been spoken to, not kdb */
	bool leaving;		/* the packet takes it back to kdb */
	bool ack_owed;		/* by the stub, for what it was fed */
	bool hide;		/* output is not for whoever is at the line */
	bool no_ack;
	bool no_binary;		/* NUL bytes would be lost on the way to the stub */
	u8 address_bits;	/* of an address, the others being like the highest; 0: all */
	bool asked_support;	/* the next reply is that of qSupported */
};

void kgdboc_stub_init(struct kgdboc_stub *stub);
void kgdboc_stub_stopped(struct kgdboc_stub *stub);
void kgdboc_stub_connecting(struct kgdboc_stub *stub);
void kgdboc_stub_hang_up(struct kgdboc_stub *stub);
int kgdboc_stub_next(struct kgdboc_stub *stub);
void kgdboc_stub_output(struct kgdboc_stub *stub, u8 byte);
bool kgdboc_stub_attention(const struct kgdboc_stub *stub, u8 *byte);

#endif
