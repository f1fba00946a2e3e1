// SPDX-License-Identifier: GPL-2.0
/*
 * The exceptions that lead to a stop: int3, debug, oops, and the kernel's
 * panic. Each CPU comes here by itself; stop.c has them take their turns.
 */
#include <linux/kdebug.h>
#include <linux/module.h>
#include <asm/debugreg.h>

#include "compat/panic_notifier.h"
#include "own.h"

#define INT3 0xcc

static bool panic_stops;
module_param_named(panic, panic_stops, bool, 0644);
MODULE_PARM_DESC(panic, "stop at a panic or an oops also when no gdb is attached");

static u8 here_byte;		/* its address in rax tells our own int3 */

/**
 * own_stop_here - stop in the calling code
 * @byte: gdb's call for attention, or 0
 *
 * Context: any.
 */
noinline void own_stop_here(u8 byte)
{
	here_byte = byte;
	asm volatile("int3" : : "a" (&here_byte) : "memory");
}

static bool text_stands(const struct own_event *event)
{
	return own_text_at(event->regs->ip) && event->regs->ip == event->at;
}

static bool is_int3(unsigned long address)
{
	u8 byte;

	return own_memory_read_raw(address, &byte, 1) == 1 && byte == INT3;
}

static int stop_at_text(struct pt_regs *regs, struct own_text *text)
{
	struct own_event event = {
		.regs = regs,
		.entry = OWN_INT3,
		.stop = { .signal = 5, .cause = RSP_CAUSE_SWBREAK },
		.stands = text_stands,
		.at = regs->ip,
		.shown = own_text_address(text),
		.is_text = true,
	};

	own_stop(&event);
	return NOTIFY_STOP;
}

static int on_int3(struct pt_regs *regs)
{
	unsigned long ip = regs->ip - 1;
	struct own_text *text;

	if (own_debugreg_landed(regs) || own_selftest_int3(regs))
		return NOTIFY_STOP;
	if (regs->ax == (unsigned long)&here_byte && within_module(ip, THIS_MODULE)) {
		struct own_event event = {
			.regs = regs,
			.entry = OWN_INT3,
			.byte = here_byte,
			.stop = { .signal = here_byte ? 2 : 5 },
		};

		own_stop(&event);
		return NOTIFY_STOP;
	}
	text = own_text_at(ip);
	if (!text) {
		/* Removed after this CPU had run into it. */
		if (is_int3(ip))
			return NOTIFY_DONE;
		regs->ip = ip;
		return NOTIFY_STOP;
	}
	regs->ip = ip;
	if (own_is_owner()) {
		/* In what we call, or in what a step has set off: not a hit. */
		own_text_lift(ip);
		return NOTIFY_STOP;
	}
	return stop_at_text(regs, text);
}

static bool debug_stands(const struct own_event *event)
{
	struct rsp_stop stop = {};

	return own_debugreg_found(event->at, &stop);
}

static int on_debug(struct pt_regs *regs, unsigned long *dr6)
{
	struct own_cpu *cpu = this_cpu_ptr(&own_cpus);
	unsigned int hits = own_debugreg_hits();
	struct own_event event = {
		.regs = regs,
		.entry = OWN_DEBUG,
		.stop = { .signal = 5 },
		.stands = debug_stands,
		.at = hits,
	};

	if (cpu->step != OWN_NO_STEP && *dr6 & DR_STEP) {
		*dr6 &= ~(unsigned long)DR_STEP;
		own_step_done(regs, hits | cpu->step_hits);
		return NOTIFY_STOP;
	}
	if (!hits)
		return NOTIFY_DONE;
	if (own_is_owner()) {
		cpu->step_hits |= hits;
		return NOTIFY_STOP;
	}
	if (own_debugreg_found(hits, &event.stop))
		own_stop(&event);
	return NOTIFY_STOP;
}

static int on_oops(struct pt_regs *regs)
{
	struct own_event event = {
		.regs = regs,
		.entry = OWN_CALL,
		.stop = { .signal = 11 },
	};

	if (own_is_owner() || !(own_talk_connected() || panic_stops))
		return NOTIFY_DONE;
	own_stop(&event);
	return NOTIFY_DONE;
}

static int on_exception(struct notifier_block *nb, unsigned long what, void *data)
{
	struct die_args *args = data;

	if (!args->regs || user_mode(args->regs))
		return NOTIFY_DONE;
	switch (what) {
	case DIE_INT3:
		return on_int3(args->regs);
	case DIE_DEBUG:
		return on_debug(args->regs, (unsigned long *)args->err);
	case DIE_OOPS:
		return on_oops(args->regs);
	}
	return NOTIFY_DONE;
}

static struct notifier_block exception_block = {
	.notifier_call = on_exception,
	.priority = INT_MAX,
};

static int on_panic(struct notifier_block *nb, unsigned long what, void *data)
{
	if (own_talk_connected() || panic_stops)
		own_stop_here(0);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = on_panic,
	.priority = INT_MAX,
};

/*
 * Before all others that want to be the first, of whom one may end the machine: a
 * host is told of the panic by one of them.
 */
static void precede_at_panic(void)
{
	struct atomic_notifier_head *list = &panic_notifier_list;
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	panic_block.next = list->head;
	rcu_assign_pointer(list->head, &panic_block);
	spin_unlock_irqrestore(&list->lock, flags);
}

/**
 * own_traps_init - let exceptions lead to stops
 *
 * Context: process, sleeps.
 * Return: 0 or an error.
 */
int own_traps_init(void)
{
	int err = register_die_notifier(&exception_block);

	if (!err)
		precede_at_panic();
	return err;
}

/**
 * own_traps_exit - undo own_traps_init()
 *
 * Context: process, sleeps.
 */
void own_traps_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	unregister_die_notifier(&exception_block);
}
