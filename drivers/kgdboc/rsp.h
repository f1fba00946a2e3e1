/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gdb's remote serial protocol, the target's side: pure code without kernel
 * state, also compiled in user space for the unit tests and the fuzzer. It is
 * fed bytes, answers by frames, and asks its target through struct rsp_ops.
 * Source: the gdb manual, appendix "Remote Serial Protocol".
 */
#ifndef KGDBOC_RSP_H
#define KGDBOC_RSP_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
#endif

#define RSP_PACKET_MAX 0x10000	/* bytes between '$' and '#' that we take and send */
#define RSP_NAME_MAX 64		/* of a thread, with its NUL */
#define RSP_REGISTER_MAX 16	/* bytes of the widest register */
#define RSP_CONDITIONS_MAX 512	/* bytes of bytecode with a breakpoint */

/* What became of a byte. */
enum rsp_verdict {
	RSP_MORE,		/* go on feeding */
	RSP_INTERRUPT,		/* gdb wants the running target to stop */
	RSP_RESUME,		/* let the target run as rsp->resume says */
	RSP_DETACH,		/* let it run without a client */
};

enum rsp_resume_kind {
	RSP_CONTINUE,
	RSP_STEP,		/* one instruction */
	RSP_RANGE,		/* until it leaves [start, end) */
};

struct rsp_resume {
	enum rsp_resume_kind kind;
	u64 tid;		/* who steps; 0: the one that stopped */
	u64 start;
	u64 end;
	bool alone;		/* the other threads stay where they are */
};

/* Why the target stopped. */
enum rsp_cause {
	RSP_CAUSE_NONE,
	RSP_CAUSE_SWBREAK,
	RSP_CAUSE_HWBREAK,
	RSP_CAUSE_WATCH,
	RSP_CAUSE_RWATCH,
	RSP_CAUSE_AWATCH,
};

struct rsp_stop {
	u64 tid;
	int cpu;
	u8 signal;
	enum rsp_cause cause;
	u64 address;		/* of the data, for the three kinds of watchpoints */
};

/* The numbers are those of the Z packet. */
enum rsp_point_type {
	RSP_SOFTWARE,
	RSP_HARDWARE,
	RSP_WRITE,
	RSP_READ,
	RSP_ACCESS,
};

struct rsp_point {
	enum rsp_point_type type;
	u64 address;
	u64 kind;		/* length in bytes of what a watchpoint watches */
	const u8 *conditions;	/* see rsp_conditions_hold() */
	size_t conditions_len;
};

struct rsp_thread {
	u64 tid;		/* 1 or more */
	int cpu;		/* -1: unknown */
	char name[RSP_NAME_MAX];
	char state[RSP_NAME_MAX];
};

/* Where an agent expression gets its values. */
struct rsp_agent {
	bool (*reg)(void *ctx, unsigned int number, u64 *value);
	bool (*memory)(void *ctx, u64 address, u8 *buf, size_t len);
	void *ctx;
};

/* A register as gdb is told of it; its number is its place in the table. */
struct rsp_register {
	const char *name;
	const char *type;	/* of the target description, or NULL: an integer */
	u8 bytes;
	u8 feature;
	bool in_g;		/* sent with the g packet */
};

struct rsp_arch {
	const struct rsp_register *registers;
	unsigned int nr_registers;
	const char *const *features;	/* names, by rsp_register.feature, NULL-terminated */
	const char *architecture;
	const u8 *expedited;	/* register numbers told with each stop */
	unsigned int nr_expedited;
};

/*
 * The target. All are called from rsp_feed() and rsp_report_stop(), so in
 * whatever context those are called.
 */
struct rsp_ops {
	/* Sends one frame, whole. */
	void (*send)(void *target, const u8 *frame, size_t len);
	/* Both return the bytes moved before the first that cannot be. */
	size_t (*read)(void *target, u64 address, u8 *buf, size_t len);
	size_t (*write)(void *target, u64 address, const u8 *buf, size_t len);
	/* Values are in the target's byte order; false: not available. */
	bool (*get_register)(void *target, u64 tid, unsigned int number, u8 *value);
	bool (*set_register)(void *target, u64 tid, unsigned int number, const u8 *value);
	/* The thread after @thread->tid, which is 0 for the first. */
	bool (*next_thread)(void *target, struct rsp_thread *thread);
	bool (*find_thread)(void *target, u64 tid, struct rsp_thread *thread);
	/* 0 or a positive errno. */
	int (*insert)(void *target, const struct rsp_point *point);
	int (*remove)(void *target, const struct rsp_point *point);
	/* A new client: what the last one inserted goes. */
	void (*reset)(void *target);
	/* Whether a thread can be stepped now. */
	bool (*can_step)(void *target, u64 tid);
	/* Where the lowest byte of the target's code was loaded; false: as linked. */
	bool (*text_start)(void *target, u64 *address);
	/* A monitor command; it prints by rsp_print(). False: unknown. */
	bool (*monitor)(void *target, const char *command);
	/* An object of qXfer by name (vmcoreinfo), or NULL. */
	const u8 *(*object)(void *target, const char *name, size_t *len);
};

enum rsp_input {
	RSP_IN_IDLE,
	RSP_IN_PACKET,
	RSP_IN_SUM1,
	RSP_IN_SUM2,
};

struct rsp_stats {
	unsigned long packets;
	unsigned long bad;	/* wrong checksum or too long */
	unsigned long resent;
	unsigned long clients;
};

struct rsp {
	const struct rsp_ops *ops;
	const struct rsp_arch *arch;
	void *target;
	struct rsp_stop stop;
	struct rsp_resume resume;
	struct rsp_stats stats;
	enum rsp_input input;
	u64 general_tid;	/* of Hg; 0: the one that stopped */
	u64 list_tid;		/* where qsThreadInfo goes on */
	size_t packet_len;
	size_t reply_len;
	size_t frame_len;
	u8 sum;			/* of the packet that comes in */
	u8 told_sum;
	u8 resends;
	bool connected;		/* a client has sent a packet and has not detached */
	bool running;		/* a stop is owed */
	bool no_ack;
	bool last_ack_due;	/* of the reply that began no-ack mode */
	bool unacked;		/* the last frame has not been acknowledged */
	bool ack_due;		/* to be sent with the next frame */
	bool too_long;
	bool silent;		/* the packet gets no answer now */
	bool knows_swbreak;
	bool knows_hwbreak;
	bool brief_threads;	/* the next list of threads is their numbers only */
	bool text_only;		/* the line changes line ends: no binary data to gdb */
	u8 packet[RSP_PACKET_MAX + 1];	/* with a NUL */
	u8 reply[RSP_PACKET_MAX];
	u8 frame[RSP_PACKET_MAX + 8];
};

void rsp_init(struct rsp *rsp, const struct rsp_ops *ops, const struct rsp_arch *arch,
	      void *target);
enum rsp_verdict rsp_feed(struct rsp *rsp, u8 byte);
void rsp_report_stop(struct rsp *rsp, const struct rsp_stop *stop);
void rsp_print(struct rsp *rsp, const char *text);
void rsp_hang_up(struct rsp *rsp);
void rsp_part(struct rsp *rsp);

bool rsp_agent_eval(const u8 *code, size_t len, const struct rsp_agent *agent, u64 *value);
bool rsp_conditions_hold(const u8 *conditions, size_t len, const struct rsp_agent *agent);

extern const struct rsp_arch rsp_x86_64;

#endif
