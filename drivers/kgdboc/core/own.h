/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of our own stop core share: the state of each CPU, the event
 * that stops the machine, and what each file offers the others. Unless a
 * function says otherwise it is for the owner of a stop alone: one CPU at a
 * time, in any context, the others parked.
 */
#ifndef KGDBOC_OWN_H
#define KGDBOC_OWN_H

#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "../line.h"
#include "../rsp_x86.h"

#define OWN_TASK_TID 100000	/* the thread of pid 0; a CPU's is its number + 1 */
#define OWN_NOBODY (-1)
#define OWN_DR6_LENT 0x100	/* in debug_hits: the task's virtual_dr6 was changed */

/* Registers that only their own CPU can read; kept when it parks. */
struct own_control {
	u64 cr0, cr2, cr3, cr4, efer;
	u64 fs_base, gs_base, kernel_gs_base;
	u32 ds, es, fs, gs;
};

/* How a CPU came here, which decides how it can leave. */
enum own_entry {
	OWN_INT3,		/* nobody restores DR7 behind us */
	OWN_DEBUG,		/* the way out restores DR7 */
	OWN_NMI,		/* likewise */
	OWN_CALL,		/* an ordinary call, from an interrupt or a process */
};

/* Why a CPU is single-stepping. */
enum own_step {
	OWN_NO_STEP,
	OWN_STEP_ASKED,		/* by gdb: tell it */
	OWN_STEP_RANGE,		/* by gdb: tell it when the range is left */
	OWN_STEP_OVER,		/* over a breakpoint, to go on afterwards */
};

struct own_cpu {
	struct pt_regs *regs;		/* where it stands, while parked or owner */
	struct task_struct *task;
	struct own_control control;
	unsigned long shown_ip;		/* what gdb is told for regs->ip; 0: the truth */
	atomic_t parked;
	atomic_t nmi_due;
	u64 nmi_came;			/* when our last NMI did */
	enum own_entry entry;
	bool lost;			/* did not come when called */
	/* Single steps. */
	enum own_step step;
	unsigned long step_if;		/* the interrupt flag that belongs to the code */
	u8 step_insn;			/* what kind of instruction it is, enum in x86.c */
	u64 range_start, range_end;
	/* Hardware breakpoints. */
	unsigned int debug_hits;	/* our slots that fired, not yet looked at */
	unsigned int step_hits;		/* those that fired within a step */
	unsigned long resume_ip;	/* beyond the trampoline of debugreg.c */
	unsigned long resume_flags;
};

DECLARE_PER_CPU(struct own_cpu, own_cpus);

struct own_event {
	struct pt_regs *regs;
	enum own_entry entry;
	struct rsp_stop stop;
	/* Whether it is still worth a stop when its turn has come; NULL: yes. */
	bool (*stands)(const struct own_event *event);
	unsigned long at;		/* for @stands */
	unsigned long shown;		/* see own_cpu.shown_ip */
	bool is_text;			/* a breakpoint in code */
	u8 byte;			/* of gdb's call for attention, or 0 */
};

/* stop.c */
int own_stop_init(void);
void own_stop_exit(void);
void own_stop(struct own_event *event);
void own_take(void);
void own_give(void);
bool own_is_owner(void);
void own_step_done(struct pt_regs *regs, unsigned int hits);
unsigned long own_stop_count(void);
unsigned long own_lost_count(void);

/* talk.c: the conversation with gdb */
void own_talk_attach(struct kgdboc_line *to);
void own_talk_detach(void);
bool own_talk_connected(void);
enum own_verdict {
	OWN_RUN,
	OWN_STEP,
	OWN_GONE,		/* run; there is no client any more */
} own_talk(const struct own_event *event);
const struct rsp_resume *own_talk_resume(void);
bool own_talk_wants_stop(void);
const struct rsp_stats *own_talk_stats(void);
extern unsigned long own_text_start;	/* where the kernel's code begins */
extern const u8 *own_vmcoreinfo;
extern size_t own_vmcoreinfo_len;
void own_print(const char *format, ...) __printf(1, 2);

/* x86.c */
void own_control_save(struct own_control *control);
bool own_register_get(u64 tid, unsigned int number, u8 *value);
bool own_register_set(u64 tid, unsigned int number, const u8 *value);
bool own_step_begin(struct own_cpu *cpu);
void own_step_end(struct own_cpu *cpu);
unsigned int own_step_emulate(struct own_cpu *cpu);

/* text.c: breakpoints in code */
struct own_text;
int own_text_init(void);
void own_text_exit(void);
int own_text_insert(const struct rsp_point *point);
int own_text_remove(unsigned long address);
void own_text_reset(void);
struct own_text *own_text_at(unsigned long ip);
struct own_text *own_text_hardware(unsigned long address);
unsigned long own_text_address(const struct own_text *text);
bool own_text_condition(const struct own_text *text, u64 tid);
void own_text_hit(struct own_text *text);
bool own_text_lift(unsigned long ip);
void own_text_lower(void);
void own_text_drop(unsigned long start, unsigned long end);
void own_text_mask(unsigned long address, u8 *buf, size_t len);
size_t own_text_absorb(unsigned long address, const u8 *buf, size_t len);
void own_text_list(void);

/* sites.c: where breakpoints may be */
enum own_site {
	OWN_SITE_FREE,
	OWN_SITE_PATCHED,	/* by the kernel; a debug register may do */
	OWN_SITE_REFUSED,
};
enum own_site own_site_find(unsigned long address, unsigned long *at, const char **why);
bool own_site_in_entry_code(unsigned long address);
bool own_site_is_forbidden(unsigned long address);
int own_sites_init(void);

/* memory.c */
int own_memory_init(void);
void own_memory_exit(void);
size_t own_memory_read_raw(unsigned long address, void *buf, size_t len);
size_t own_memory_read(u64 address, u8 *buf, size_t len);
size_t own_memory_write(u64 address, const u8 *buf, size_t len);
bool own_memory_poke(unsigned long address, u8 byte);
bool own_memory_is_code(unsigned long address);

/* debugreg.c */
int own_debugreg_take(void);
void own_debugreg_give(void);
int own_debugreg_insert(const struct rsp_point *point);
int own_debugreg_remove(const struct rsp_point *point);
void own_debugreg_reset(void);
bool own_debugreg_found(unsigned int hits, struct rsp_stop *stop);
void own_debugreg_quiet(struct own_cpu *cpu);
void own_debugreg_leave(struct own_cpu *cpu);
bool own_debugreg_landed(struct pt_regs *regs);
unsigned int own_debugreg_slots(void);
unsigned int own_debugreg_hits(void);
void own_debugreg_init(void);
void own_debugreg_exit(void);

/* tasks.c */
bool own_thread_next(struct rsp_thread *thread);
bool own_thread_find(u64 tid, struct rsp_thread *thread);
struct task_struct *own_task(u64 tid);
struct own_cpu *own_thread_cpu(u64 tid);
bool own_task_register(struct task_struct *task, unsigned int number, u64 *value);

/* symbols.c: process context */
unsigned long own_symbol(const char *name);
unsigned long own_symbol_function(const char *name);

/* quiet.c: the kernel's watchdogs */
void own_quiet_init(void);
void own_quiet_exit(void);
void own_quiet_begin(void);
void own_quiet_end(void);
void own_quiet_cpu(void);

/*
 * A turn of a loop that may last for a session. QEMU's emulation leaves its
 * generated code at each pause, and takes the lock that its devices need when an
 * interrupt is pending, which there always is in a stop: a pause now and then.
 */
static inline void own_wait_a_turn(unsigned int *turn)
{
	if (++*turn % 1024)
		barrier();
	else
		cpu_relax();
}

/* monitor.c */
bool own_monitor(const char *command);

/* traps.c */
int own_traps_init(void);
void own_traps_exit(void);
void own_stop_here(u8 byte);

/* own.c */
void own_session_changed(void);

/* selftest.c */
int own_selftest(const char **why);
bool own_selftest_int3(struct pt_regs *regs);
bool own_selftest_nmi(void);

/* The time stamp counter, in units that last. */
u64 own_now(void);
u64 own_milliseconds(u64 since);

#endif
