// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware breakpoints and watchpoints. The four debug registers belong to
 * perf, so they are taken from it by ordinary perf events on addresses that
 * nobody touches; what the events describe is then changed to what gdb wants,
 * so that perf itself keeps the registers right whenever it rewrites them.
 *
 * The way out of an NMI or a debug exception restores DR7 as it was. A CPU that
 * leaves with another one goes over a trampoline, an int3 whose exception does
 * not restore it, or, from where that is not safe, has an interrupt do it.
 */
#include <linux/cpu.h>
#include <linux/hw_breakpoint.h>
#include <linux/irq_work.h>
#include <linux/perf_event.h>
#include <asm/debugreg.h>

#include "own.h"

#define DR7_ALWAYS_SET 0x400
#define OUR_DR6 DR_TRAP0	/* in virtual_dr6, to be told of a hit */

struct slot {
	bool used;
	enum rsp_point_type kind;
	unsigned long address;
	u8 len;			/* X86_BREAKPOINT_LEN_* */
	u8 type;		/* X86_BREAKPOINT_* */
	unsigned int users;
};

static struct slot slots[HBP_NUM];
static struct perf_event * __percpu *events[HBP_NUM];
static unsigned int taken;	/* of @events, the first ones */
static u64 untouched[HBP_NUM];
static unsigned long hits_seen;

static DEFINE_PER_CPU(struct irq_work, late_works);

#define TRAMPOLINE_SIZE 16

/* Nobody calls it, CPUs are sent here on their way out. */
static noinline notrace void trampoline(void)
{
	asm volatile("int3");
}

/**
 * own_debugreg_slots - how many debug registers we have
 *
 * Context: any.
 * Return: the number.
 */
unsigned int own_debugreg_slots(void)
{
	return taken;
}

/* What perf calls for a hit, before the exception reaches our notifier. */
static void on_overflow(struct perf_event *event, struct perf_sample_data *data,
			struct pt_regs *regs)
{
	unsigned long slot = (unsigned long)event->overflow_handler_context;

	__this_cpu_or(own_cpus.debug_hits, 1U << slot);
	/* Otherwise perf would say that the exception is dealt with. */
	if (!(current->thread.virtual_dr6 & OUR_DR6))
		__this_cpu_or(own_cpus.debug_hits, OWN_DR6_LENT);
	current->thread.virtual_dr6 |= OUR_DR6;
}

/**
 * own_debugreg_hits - which of our slots have fired on this CPU
 *
 * Context: the debug exception.
 * Return: their bits; they are forgotten here.
 */
unsigned int own_debugreg_hits(void)
{
	unsigned int hits = __this_cpu_read(own_cpus.debug_hits);

	if (hits & OWN_DR6_LENT)
		current->thread.virtual_dr6 &= ~OUR_DR6;
	__this_cpu_write(own_cpus.debug_hits, 0);
	return hits & ~OWN_DR6_LENT;
}

static void wanted(unsigned int k, struct arch_hw_breakpoint *info)
{
	if (slots[k].used) {
		info->address = slots[k].address;
		info->len = slots[k].len;
		info->type = slots[k].type;
	} else {
		info->address = (unsigned long)&untouched[k];
		info->len = X86_BREAKPOINT_LEN_8;
		info->type = X86_BREAKPOINT_WRITE;
	}
}

static unsigned long read_address(unsigned int i)
{
	return native_get_debugreg(i);
}

static unsigned long dr7_mask(unsigned int i)
{
	return 0xfUL << (DR_CONTROL_SHIFT + i * DR_CONTROL_SIZE) |
	       3UL << (i * DR_ENABLE_SIZE);
}

static unsigned long dr7_bits(unsigned int i, const struct arch_hw_breakpoint *info)
{
	unsigned long control = (info->len | info->type) & 0xf;

	return control << (DR_CONTROL_SHIFT + i * DR_CONTROL_SIZE) |
	       (unsigned long)DR_GLOBAL_ENABLE << (i * DR_ENABLE_SIZE);
}

/* Puts the slots into this CPU's registers, DR7 apart. Returns what that has to be. */
static unsigned long load(void)
{
	int cpu = raw_smp_processor_id();
	unsigned long dr7 = __this_cpu_read(cpu_dr7);
	unsigned int k, i, done = 0;

	for (k = 0; k < taken; k++) {
		struct perf_event *event = *per_cpu_ptr(events[k], cpu);
		struct arch_hw_breakpoint *info;

		if (!event)
			continue;
		info = &event->hw.info;
		for (i = 0; i < HBP_NUM; i++)
			if (!(done & 1U << i) && read_address(i) == info->address)
				break;
		/* Where perf has it in no register now, it will put it into one. */
		wanted(k, info);
		if (i == HBP_NUM)
			continue;
		done |= 1U << i;
		native_set_debugreg(i, info->address);
		dr7 &= ~dr7_mask(i);
		dr7 |= dr7_bits(i, info);
	}
	return dr7;
}

static void set_dr7_now(void)
{
	native_set_debugreg(7, __this_cpu_read(cpu_dr7));
}

static void late(struct irq_work *work)
{
	set_dr7_now();
}

/**
 * own_debugreg_quiet - this CPU shall not hit watchpoints while it talks
 * @cpu: the CPU, this one
 */
void own_debugreg_quiet(struct own_cpu *cpu)
{
	if (taken)
		native_set_debugreg(7, DR7_ALWAYS_SET);
}

/**
 * own_debugreg_leave - this CPU leaves the stop with the registers that gdb wants
 * @cpu: the CPU, this one, with where it will go on
 */
void own_debugreg_leave(struct own_cpu *cpu)
{
	struct pt_regs *regs = cpu->regs;
	unsigned long before, dr7;

	if (!taken)
		return;
	before = __this_cpu_read(cpu_dr7);
	dr7 = load();
	__this_cpu_write(cpu_dr7, dr7);
	if (cpu->entry == OWN_INT3 || cpu->entry == OWN_CALL) {
		set_dr7_now();
		return;
	}
	if (dr7 == before)
		return;
	if (user_mode(regs) || own_site_in_entry_code(regs->ip) || cpu->resume_ip) {
		irq_work_queue(this_cpu_ptr(&late_works));
		return;
	}
	cpu->resume_ip = regs->ip;
	cpu->resume_flags = regs->flags;
	regs->ip = (unsigned long)trampoline;
	regs->flags &= ~(X86_EFLAGS_IF | X86_EFLAGS_TF);
}

/**
 * own_debugreg_landed - is this int3 the trampoline
 * @regs: of the exception; set to where the CPU was to go on
 *
 * Context: the int3 exception.
 * Return: whether it was.
 */
bool own_debugreg_landed(struct pt_regs *regs)
{
	struct own_cpu *cpu = this_cpu_ptr(&own_cpus);

	if (!cpu->resume_ip || regs->ip - (unsigned long)trampoline > TRAMPOLINE_SIZE)
		return false;
	regs->ip = cpu->resume_ip;
	regs->flags = cpu->resume_flags;
	cpu->resume_ip = 0;
	set_dr7_now();
	return true;
}

/* ---- what gdb asks for ---- */

static struct slot *find(enum rsp_point_type kind, unsigned long address, u8 len)
{
	unsigned int k;

	for (k = 0; k < HBP_NUM; k++)
		if (slots[k].used && slots[k].kind == kind && slots[k].address == address &&
		    slots[k].len == len)
			return &slots[k];
	return NULL;
}

static struct slot *unused(void)
{
	unsigned int k;

	for (k = 0; k < taken; k++)
		if (!slots[k].used)
			return &slots[k];
	return NULL;
}

/* The largest piece that one register can watch. */
static unsigned int piece(unsigned long address, unsigned long len, u8 *code)
{
	static const u8 codes[] = {
		[1] = X86_BREAKPOINT_LEN_1, [2] = X86_BREAKPOINT_LEN_2,
		[4] = X86_BREAKPOINT_LEN_4, [8] = X86_BREAKPOINT_LEN_8,
	};
	unsigned int size = 8;

	while (size > len || address % size)
		size /= 2;
	*code = codes[size];
	return size;
}

static u8 type_of(enum rsp_point_type kind)
{
	switch (kind) {
	case RSP_HARDWARE:
		return X86_BREAKPOINT_EXECUTE;
	case RSP_WRITE:
		return X86_BREAKPOINT_WRITE;
	default:
		/* The processor cannot watch reads alone; gdb sorts them out. */
		return X86_BREAKPOINT_RW;
	}
}

static int insert_piece(enum rsp_point_type kind, unsigned long address, u8 len)
{
	struct slot *slot = find(kind, address, len);

	if (!slot) {
		slot = unused();
		if (!slot)
			return ENOSPC;
		*slot = (struct slot){ .used = true, .kind = kind, .address = address,
				       .len = len, .type = type_of(kind) };
	}
	slot->users++;
	return 0;
}

static int remove_piece(enum rsp_point_type kind, unsigned long address, u8 len)
{
	struct slot *slot = find(kind, address, len);

	if (!slot)
		return ENOENT;
	if (!--slot->users)
		slot->used = false;
	return 0;
}

static unsigned long length_of(const struct rsp_point *point)
{
	return point->type == RSP_HARDWARE ? 1 : point->kind;
}

/* Removes the pieces before @end. */
static int remove_until(const struct rsp_point *point, unsigned long end)
{
	unsigned long address = point->address, whole = point->address + length_of(point);
	int err = 0;
	u8 len;

	while (address < end) {
		unsigned int size = piece(address, whole - address, &len);

		if (remove_piece(point->type, address, len))
			err = ENOENT;
		address += size;
	}
	return err;
}

/**
 * own_debugreg_insert - set a hardware breakpoint or a watchpoint
 * @point: which
 *
 * Return: 0 or a positive errno: ENOSPC the debug registers are in use, EFAULT
 * not an address of the kernel, EINVAL a length that does not fit.
 */
int own_debugreg_insert(const struct rsp_point *point)
{
	unsigned long address = point->address, end = address + length_of(point);
	u8 len;

	if ((long)address >= 0)
		return EFAULT;
	if (end <= address || end - address > 8 * HBP_NUM)
		return EINVAL;
	if (point->type == RSP_HARDWARE && own_site_is_forbidden(address))
		return EPERM;
	while (address < end) {
		unsigned int size = piece(address, end - address, &len);
		int err = insert_piece(point->type, address, len);

		if (err) {
			remove_until(point, address);
			return err;
		}
		address += size;
	}
	return 0;
}

/**
 * own_debugreg_remove - remove what own_debugreg_insert() set
 * @point: which
 *
 * Return: 0, or ENOENT: it was not set.
 */
int own_debugreg_remove(const struct rsp_point *point)
{
	unsigned long len = length_of(point);

	if (!len || len > 8 * HBP_NUM)
		return ENOENT;
	return remove_until(point, point->address + len);
}

/**
 * own_debugreg_reset - remove all
 */
void own_debugreg_reset(void)
{
	memset(slots, 0, sizeof(slots));
}

/**
 * own_debugreg_found - tell what fired
 * @hits: the slots that did
 * @stop: the reason is put here
 *
 * Return: false when none of them is in use any more.
 */
bool own_debugreg_found(unsigned int hits, struct rsp_stop *stop)
{
	static const enum rsp_cause causes[] = {
		[RSP_SOFTWARE] = RSP_CAUSE_NONE,
		[RSP_HARDWARE] = RSP_CAUSE_HWBREAK,
		[RSP_WRITE] = RSP_CAUSE_WATCH,
		[RSP_READ] = RSP_CAUSE_RWATCH,
		[RSP_ACCESS] = RSP_CAUSE_AWATCH,
	};
	unsigned int k;

	for (k = 0; k < HBP_NUM; k++) {
		if (!(hits & 1U << k) || !slots[k].used)
			continue;
		stop->cause = causes[slots[k].kind];
		stop->address = slots[k].address;
		hits_seen++;
		return true;
	}
	return false;
}

/* ---- the registers themselves ---- */

static void load_here(void *unused)
{
	__this_cpu_write(cpu_dr7, load());
	set_dr7_now();
}

/**
 * own_debugreg_take - take what debug registers perf has left
 *
 * Context: process, sleeps.
 * Return: 0; there may be none.
 */
int own_debugreg_take(void)
{
	struct perf_event_attr attr;
	unsigned long k;

	if (taken)
		return 0;
	for (k = 0; k < HBP_NUM; k++) {
		hw_breakpoint_init(&attr);
		attr.bp_addr = (unsigned long)&untouched[k];
		attr.bp_len = HW_BREAKPOINT_LEN_8;
		attr.bp_type = HW_BREAKPOINT_W;
		events[k] = register_wide_hw_breakpoint(&attr, on_overflow, (void *)k);
		if (IS_ERR((void __force *)events[k]))
			break;
	}
	if (!k)
		return 0;
	own_take();
	taken = k;
	own_give();
	on_each_cpu(load_here, NULL, 1);
	return 0;
}

/**
 * own_debugreg_give - give the debug registers back to perf
 *
 * What gdb has set is kept for the next own_debugreg_take().
 *
 * Context: process, sleeps.
 */
void own_debugreg_give(void)
{
	struct slot kept[HBP_NUM];
	unsigned int k, n;

	if (!taken)
		return;
	own_take();
	memcpy(kept, slots, sizeof(slots));
	memset(slots, 0, sizeof(slots));
	own_give();
	on_each_cpu(load_here, NULL, 1);
	own_take();
	n = taken;
	taken = 0;
	memcpy(slots, kept, sizeof(slots));
	own_give();
	for (k = 0; k < n; k++)
		unregister_wide_hw_breakpoint(events[k]);
}

/**
 * own_debugreg_init - prepare
 *
 * Context: process.
 */
void own_debugreg_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		init_irq_work(per_cpu_ptr(&late_works, cpu), late);
}

/**
 * own_debugreg_exit - give everything back
 *
 * Context: process, sleeps.
 */
void own_debugreg_exit(void)
{
	int cpu;

	own_debugreg_give();
	for_each_possible_cpu(cpu)
		irq_work_sync(per_cpu_ptr(&late_works, cpu));
}
