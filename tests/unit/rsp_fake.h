/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A target for the protocol: 64 KiB of memory, three threads, and a machine
 * whose every instruction is one byte long. STORE writes the eight bytes at
 * FAKE_COUNTER; all others do nothing.
 */
#ifndef RSP_FAKE_H
#define RSP_FAKE_H

#include "drivers/kgdboc/rsp_x86.h"

#define FAKE_BASE 0xffffffff81000000ull
#define FAKE_SIZE 0x10000u
#define FAKE_COUNTER (FAKE_BASE + 0x8000)
#define FAKE_STORE 0xa0
#define FAKE_THREADS 3
#define FAKE_POINTS 8

struct fake {
	struct rsp rsp;
	u8 memory[FAKE_SIZE];
	u64 registers[FAKE_THREADS][X86_ST0];
	struct {
		struct rsp_point point;
		u8 conditions[RSP_CONDITIONS_MAX];
		bool used;
	} points[FAKE_POINTS];
	unsigned int resets;
	char command[64];
	u8 sent[1 << 18];
	size_t sent_len;
};

void fake_init(struct fake *fake);
/* Runs as the last resume said until something stops it, at most 1000 steps. */
void fake_run(struct fake *fake);
/* Feeds bytes; runs the target where they say so. Returns the last verdict. */
enum rsp_verdict fake_feed(struct fake *fake, const char *bytes, size_t len);

#endif
