// SPDX-License-Identifier: GPL-2.0
/*
 * The stop: one CPU owns it and talks to gdb, the others are parked where an
 * NMI or an exception of their own found them. A CPU that comes while another
 * owns the stop parks, and looks again when it is let go whether what it came
 * for is still there. During a single step the others stay parked.
 *
 * @owner is the only lock. Who holds it may change breakpoints and registers
 * and use the line. A step leaves it with the stepping CPU, under a lease: if
 * the step does not end in time (it waits for a CPU that is parked), a parked
 * CPU ends the lease and everybody runs until the step is done.
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/nmi.h>
#include <asm/tsc.h>

#include "own.h"

#define COME_MS 1000		/* how long a CPU may take to come when called */
#define STEP_MS 3000		/* how long a step may take with the others parked */
#define RANGE_SHARE 1000	/* every so many steps of a range the others run along */

enum parked {
	RELEASED,
	ELECTED,	/* it is the owner now, with a step to make */
};

DEFINE_PER_CPU(struct own_cpu, own_cpus);

static atomic_t owner = ATOMIC_INIT(OWN_NOBODY);
static atomic_t lease;		/* number + 1 of the CPU that steps */
static u64 step_began;
static bool resident;		/* handlers are registered */
static unsigned long taken_flags;
static unsigned long stops, losses, range_steps;

/**
 * own_now - the time stamp counter
 *
 * Context: any.
 * Return: its value.
 */
u64 own_now(void)
{
	return rdtsc_ordered();
}

/**
 * own_milliseconds - time gone by
 * @since: an earlier own_now()
 *
 * Context: any.
 * Return: milliseconds, about.
 */
u64 own_milliseconds(u64 since)
{
	return div64_u64(own_now() - since, tsc_khz ? tsc_khz : 1000000);
}

/**
 * own_is_owner - does this CPU own the stop
 *
 * Then a breakpoint was hit by the debugger itself, or by what a step set off.
 *
 * Context: interrupts off.
 * Return: whether it does.
 */
bool own_is_owner(void)
{
	return atomic_read(&owner) == raw_smp_processor_id();
}

/**
 * own_stop_count - how often the machine was stopped
 *
 * Return: the number.
 */
unsigned long own_stop_count(void)
{
	return stops;
}

/**
 * own_lost_count - how often a CPU did not come when it was called
 *
 * Return: the number.
 */
unsigned long own_lost_count(void)
{
	return losses;
}

static void arrive(struct own_cpu *cpu, struct pt_regs *regs, enum own_entry entry,
		   unsigned long shown)
{
	own_control_save(&cpu->control);
	cpu->task = current;
	cpu->entry = entry;
	cpu->shown_ip = shown;
	WRITE_ONCE(cpu->regs, regs);
}

static void leave(struct own_cpu *cpu)
{
	own_quiet_cpu();
	own_debugreg_leave(cpu);
	cpu->shown_ip = 0;
	WRITE_ONCE(cpu->regs, NULL);
}

/* Ends a step that takes too long, so that what it waits for can happen. */
static void watch_step(int stepping)
{
	if (atomic_read(&lease) != stepping + 1 || own_milliseconds(step_began) < STEP_MS)
		return;
	if (atomic_cmpxchg(&lease, stepping + 1, 0) == stepping + 1)
		atomic_set(&owner, OWN_NOBODY);
}

static enum parked park(struct own_cpu *cpu)
{
	int id = raw_smp_processor_id(), now;
	unsigned int turn = 0;

	for (;;) {
		atomic_set(&cpu->parked, 1);
		smp_mb();	/* parked before the owner is looked at */
		while ((now = atomic_read(&owner)) != OWN_NOBODY && now != id) {
			own_wait_a_turn(&turn);
			own_quiet_cpu();
			watch_step(now);
		}
		atomic_set(&cpu->parked, 0);
		smp_mb();	/* a new owner that missed this is seen below */
		now = atomic_read(&owner);
		if (now == id)
			return ELECTED;
		if (now == OWN_NOBODY)
			return RELEASED;
	}
}

static void call(int id)
{
	atomic_set(&per_cpu(own_cpus, id).nmi_due, 1);
	apic->send_IPI_mask(cpumask_of(id), NMI_VECTOR);
}

/* Has every other CPU park. One that does not come in time is lost. */
static void gather(void)
{
	int self = raw_smp_processor_id(), id;
	u64 began = own_now();

	for_each_online_cpu(id)
		if (id != self && !atomic_read(&per_cpu(own_cpus, id).parked))
			call(id);
	for_each_online_cpu(id) {
		struct own_cpu *cpu = &per_cpu(own_cpus, id);

		if (id == self)
			continue;
		while (!atomic_read(&cpu->parked) && own_milliseconds(began) < COME_MS)
			cpu_relax();
		cpu->lost = !atomic_read(&cpu->parked);
		losses += cpu->lost;
	}
}

static bool stands(const struct own_event *event)
{
	return !event->stands || event->stands(event);
}

/* False: the event has lost its cause, or the CPU was made to step meanwhile. */
static bool become_owner(struct own_cpu *cpu, const struct own_event *event)
{
	int id = raw_smp_processor_id();

	for (;;) {
		arrive(cpu, event->regs, event->entry, event->shown);
		if (atomic_cmpxchg(&owner, OWN_NOBODY, id) == OWN_NOBODY)
			break;
		if (park(cpu) == ELECTED)
			return false;
		if (!stands(event))
			return false;
	}
	if (stands(event))
		return true;
	atomic_set(&owner, OWN_NOBODY);
	return false;
}

static void run_all(struct own_cpu *cpu)
{
	own_text_lower();
	own_quiet_end();
	leave(cpu);
	atomic_set_release(&owner, OWN_NOBODY);
}

/* Arms a step. False: this instruction cannot be stepped. */
static bool arm(struct own_cpu *cpu, int id, enum own_step step)
{
	cpu->shown_ip = 0;
	if (!own_step_begin(cpu))
		return false;
	own_text_lift(cpu->regs->ip);
	cpu->step = step;
	step_began = own_now();
	atomic_set(&lease, id + 1);
	return true;
}

/* Starts what gdb asked for. False: the step was made already, tell gdb. */
static bool start_step(struct own_cpu *cpu, struct own_event *event)
{
	const struct rsp_resume *resume = own_talk_resume();
	int self = raw_smp_processor_id();
	int id = resume->tid ? resume->tid - 1 : self;
	struct own_cpu *target = &per_cpu(own_cpus, id);

	if (own_step_emulate(target)) {
		event->stop = (struct rsp_stop){ .tid = id + 1, .cpu = id, .signal = 5 };
		return false;
	}
	target->range_start = resume->start;
	target->range_end = resume->end;
	range_steps = 0;
	if (!arm(target, id, resume->kind == RSP_RANGE ? OWN_STEP_RANGE : OWN_STEP_ASKED)) {
		run_all(cpu);
		return true;
	}
	if (target != cpu) {
		atomic_set(&owner, id);
		park(cpu);
	}
	leave(cpu);
	return true;
}

/* Talks, and does what gdb wants done. The CPU owns the stop. */
static void hold(struct own_cpu *cpu, struct own_event *event)
{
	int id = raw_smp_processor_id();

	own_debugreg_quiet(cpu);
	own_quiet_begin();
	stops++;
	for (;;) {
		enum own_verdict verdict = own_talk(event);

		event->byte = 0;	/* answered */
		if (verdict == OWN_GONE)
			own_session_changed();
		if (verdict != OWN_STEP)
			break;
		if (start_step(cpu, event))
			return;
	}
	if (own_text_at(cpu->regs->ip) && arm(cpu, id, OWN_STEP_OVER))
		leave(cpu);
	else
		run_all(cpu);
}

/* A breakpoint whose condition does not hold: over it without a word. */
static bool passed(struct own_cpu *cpu, const struct own_event *event)
{
	struct own_text *text = event->is_text ? own_text_at(cpu->regs->ip) : NULL;
	int id = raw_smp_processor_id();

	if (!text)
		return false;
	own_text_hit(text);
	if (own_text_condition(text, id + 1))
		return false;
	if (!arm(cpu, id, OWN_STEP_OVER))
		return false;
	leave(cpu);
	return true;
}

/**
 * own_stop - stop the machine for an event
 * @event: where this CPU stands and why
 *
 * Returns when the CPU is to go on from event->regs, which gdb may have
 * changed.
 *
 * Context: interrupts off; exceptions, NMI, interrupts, processes.
 */
void own_stop(struct own_event *event)
{
	struct own_cpu *cpu = this_cpu_ptr(&own_cpus);
	int id = raw_smp_processor_id();

	event->stop.tid = id + 1;
	event->stop.cpu = id;
	if (!become_owner(cpu, event)) {
		leave(cpu);
		return;
	}
	gather();
	if (!passed(cpu, event))
		hold(cpu, event);
}

/* After a step that outlived its lease: the owner once more. False: elected. */
static bool own_again(struct own_cpu *cpu)
{
	int id = raw_smp_processor_id();

	while (atomic_cmpxchg(&owner, OWN_NOBODY, id) != OWN_NOBODY)
		if (park(cpu) == ELECTED)
			return false;
	gather();
	return true;
}

/* The next step of a range. False: it has ended, or gdb wants it to. */
static bool step_on(struct own_cpu *cpu, enum own_step step)
{
	int id = raw_smp_processor_id();
	unsigned long ip = cpu->regs->ip;

	for (;;) {
		if (step != OWN_STEP_RANGE || ip < cpu->range_start || ip >= cpu->range_end ||
		    own_text_at(ip))
			return false;
		if (!(++range_steps % 256) && own_talk_wants_stop())
			return false;
		if (!own_step_emulate(cpu))
			break;
		ip = cpu->regs->ip;
	}
	if (!arm(cpu, id, step))
		return false;
	leave(cpu);
	if (!(range_steps % RANGE_SHARE) && !own_talk_resume()->alone) {
		/* It may wait for what another CPU has to do. */
		atomic_set(&lease, 0);
		atomic_set(&owner, OWN_NOBODY);
	}
	return true;
}

/**
 * own_step_done - a single step has ended
 * @regs: where this CPU stands
 * @hits: hardware breakpoints that fired with it
 *
 * Context: the debug exception, interrupts off.
 */
void own_step_done(struct pt_regs *regs, unsigned int hits)
{
	struct own_cpu *cpu = this_cpu_ptr(&own_cpus);
	int id = raw_smp_processor_id();
	enum own_step step = cpu->step;
	struct own_event event = {
		.regs = regs,
		.entry = OWN_DEBUG,
		.stop = { .tid = id + 1, .cpu = id, .signal = 5 },
	};

	cpu->step = OWN_NO_STEP;
	cpu->step_hits = 0;
	arrive(cpu, regs, OWN_DEBUG, 0);
	own_step_end(cpu);
	if (atomic_cmpxchg(&lease, id + 1, 0) != id + 1 && !own_again(cpu)) {
		leave(cpu);
		return;
	}
	own_text_lower();
	if (own_debugreg_found(hits, &event.stop))
		hold(cpu, &event);
	else if (step == OWN_STEP_OVER)
		run_all(cpu);
	else if (!step_on(cpu, step))
		hold(cpu, &event);
}

/**
 * own_take - own the stop without stopping anybody
 *
 * To change breakpoints from ordinary code. Interrupts stay off until
 * own_give().
 *
 * Context: process or interrupt.
 */
void own_take(void)
{
	unsigned long flags;

	for (;;) {
		local_irq_save(flags);
		if (atomic_cmpxchg(&owner, OWN_NOBODY, raw_smp_processor_id()) == OWN_NOBODY)
			break;
		local_irq_restore(flags);
		cpu_relax();
	}
	taken_flags = flags;
}

/**
 * own_give - end own_take()
 *
 * Context: as own_take() left it.
 */
void own_give(void)
{
	unsigned long flags = taken_flags;

	own_text_lower();
	atomic_set_release(&owner, OWN_NOBODY);
	local_irq_restore(flags);
}

/* What the CPU pushed: ip and all behind it. */
#define PUSHED_SIZE (sizeof(struct pt_regs) - offsetof(struct pt_regs, ip))

static void *pushed(struct pt_regs *regs)
{
	return (void *)regs + offsetof(struct pt_regs, ip);
}

/*
 * The way out of an NMI that interrupted the kernel does not take what is at
 * regs->ip and behind it, but a copy that follows, which a nested NMI may have
 * pointed at a repetition that does take it. Without such a copy (FRED) regs
 * themselves are taken.
 */
static unsigned long *way_out(struct pt_regs *regs)
{
	unsigned long *copy = (unsigned long *)(regs + 1);

	if (user_mode(regs) || memcmp(copy, pushed(regs), PUSHED_SIZE))
		return NULL;
	return copy;
}

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	struct own_cpu *cpu = this_cpu_ptr(&own_cpus);
	int id = raw_smp_processor_id();
	unsigned long *out, ip;
	struct own_cpu before;
	int now;

	if (!atomic_xchg(&cpu->nmi_due, 0))
		return NMI_DONE;
	cpu->nmi_came = own_now();
	if (own_selftest_nmi() || atomic_read(&cpu->parked))
		return NMI_HANDLED;
	now = atomic_read(&owner);
	if (now == OWN_NOBODY || now == id)
		return NMI_HANDLED;
	out = way_out(regs);
	ip = regs->ip;
	/* It may have interrupted this very CPU's own way to a stop. */
	before = *cpu;
	arrive(cpu, regs, OWN_NMI, 0);
	park(cpu);
	leave(cpu);
	if (out && *out == ip)
		memcpy(out, pushed(regs), PUSHED_SIZE);
	cpu->entry = before.entry;
	cpu->shown_ip = before.shown_ip;
	WRITE_ONCE(cpu->regs, before.regs);
	return NMI_HANDLED;
}

/* One of ours that was handled together with the NMI before it. */
static int on_unknown_nmi(unsigned int type, struct pt_regs *regs)
{
	struct own_cpu *cpu = this_cpu_ptr(&own_cpus);

	if (!cpu->nmi_came || own_milliseconds(cpu->nmi_came) > COME_MS)
		return NMI_DONE;
	cpu->nmi_came = 0;
	return NMI_HANDLED;
}

static struct nmiaction nmi_action = {
	.list = LIST_HEAD_INIT(nmi_action.list),
	.handler = on_nmi,
	.max_duration = U64_MAX,
	.name = "kgdboc",
};

static struct nmiaction unknown_nmi_action = {
	.list = LIST_HEAD_INIT(unknown_nmi_action.list),
	.handler = on_unknown_nmi,
	.max_duration = U64_MAX,
	.name = "kgdboc",
};

/**
 * own_stop_init - be able to call the other CPUs
 *
 * Context: process, sleeps.
 * Return: 0 or an error.
 */
int own_stop_init(void)
{
	int err = __register_nmi_handler(NMI_LOCAL, &nmi_action);

	if (err)
		return err;
	err = __register_nmi_handler(NMI_UNKNOWN, &unknown_nmi_action);
	if (err)
		unregister_nmi_handler(NMI_LOCAL, nmi_action.name);
	resident = !err;
	return err;
}

/**
 * own_stop_exit - undo own_stop_init()
 *
 * Context: process, sleeps. Nothing can stop the machine any more.
 */
void own_stop_exit(void)
{
	if (!resident)
		return;
	unregister_nmi_handler(NMI_LOCAL, nmi_action.name);
	unregister_nmi_handler(NMI_UNKNOWN, unknown_nmi_action.name);
	resident = false;
}
