/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the protocol share: reading a packet, building a reply. */
#ifndef KGDBOC_RSP_PACKET_H
#define KGDBOC_RSP_PACKET_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <stdio.h>
#include <string.h>
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#include "rsp.h"

#define RSP_EINVAL 22
#define RSP_EFAULT 14
#define RSP_ESRCH 3

/* A place in the packet that is being read. */
struct rsp_cursor {
	const u8 *at;
	const u8 *end;
};

/* A part of a document that is asked for piece by piece. */
struct rsp_window {
	struct rsp *rsp;
	u64 skip;		/* bytes before the part */
	u64 room;		/* bytes that the part may still have */
	bool more;		/* the document goes on behind it */
};

/* rsp_text.c */
int rsp_hex_digit(u8 c);
bool rsp_take(struct rsp_cursor *c, char wanted);
bool rsp_take_word(struct rsp_cursor *c, const char *word);
bool rsp_take_number(struct rsp_cursor *c, u64 *number);
bool rsp_take_pair(struct rsp_cursor *c, u64 *first, char between, u64 *second);
bool rsp_take_tid(struct rsp_cursor *c, s64 *tid);
size_t rsp_take_hex(struct rsp_cursor *c, u8 *buf, size_t size);
size_t rsp_take_binary(struct rsp_cursor *c, u8 *buf, size_t size);
void rsp_put_char(struct rsp *rsp, char c);
void rsp_put_text(struct rsp *rsp, const char *text);
void rsp_put_number(struct rsp *rsp, u64 number);
void rsp_put_hex(struct rsp *rsp, const u8 *bytes, size_t len);
bool rsp_put_binary(struct rsp *rsp, u8 byte);
void rsp_put_error(struct rsp *rsp, unsigned int number);
void rsp_put_ok(struct rsp *rsp);
void rsp_window_text(struct rsp_window *w, const char *text);
void rsp_window_number(struct rsp_window *w, u64 number);
void rsp_window_decimal(struct rsp_window *w, unsigned int number);

/* rsp.c */
void rsp_send_reply(struct rsp *rsp);
u64 rsp_current_tid(const struct rsp *rsp);

/* rsp_memory.c */
void rsp_memory_read(struct rsp *rsp, struct rsp_cursor *c);
void rsp_memory_read_binary(struct rsp *rsp, struct rsp_cursor *c);
void rsp_memory_write(struct rsp *rsp, struct rsp_cursor *c);
void rsp_memory_write_binary(struct rsp *rsp, struct rsp_cursor *c);
void rsp_memory_crc(struct rsp *rsp, struct rsp_cursor *c);
void rsp_memory_search(struct rsp *rsp, struct rsp_cursor *c);
void rsp_registers_read(struct rsp *rsp);
void rsp_registers_write(struct rsp *rsp, struct rsp_cursor *c);
void rsp_register_read(struct rsp *rsp, struct rsp_cursor *c);
void rsp_register_write(struct rsp *rsp, struct rsp_cursor *c);

/* rsp_run.c */
void rsp_put_stop(struct rsp *rsp);
enum rsp_verdict rsp_run_continue(struct rsp *rsp, struct rsp_cursor *c, bool with_signal);
enum rsp_verdict rsp_run_step(struct rsp *rsp, struct rsp_cursor *c, bool with_signal);
enum rsp_verdict rsp_run_vcont(struct rsp *rsp, struct rsp_cursor *c);
void rsp_point_change(struct rsp *rsp, struct rsp_cursor *c, bool insert);

/* rsp_query.c */
void rsp_query(struct rsp *rsp, struct rsp_cursor *c);
void rsp_set(struct rsp *rsp, struct rsp_cursor *c);

/* rsp_document.c */
void rsp_xfer(struct rsp *rsp, struct rsp_cursor *c);

#endif
