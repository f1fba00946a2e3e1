// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's watchdogs, which must not take a stop for a hang: soft and hard
 * lockups, RCU stalls, hung tasks, the clocksource watchdog.
 */
#include <linux/atomic.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>

#include "compat/irq_work.h"
#include "own.h"

/* Exported for such as us, but in no header. */
extern int rcu_cpu_stall_suppress;

static bool suppressed;		/* we have told RCU to be quiet */
static bool asked;		/* a grace period is waited for */
static unsigned int stop_number, asked_number;
static int suppress_before;
static struct rcu_head grace;
static atomic_t *clocksource_reset;

static void grace_over(struct rcu_head *head);

static void ask(struct irq_work *work)
{
	if (asked)
		return;
	asked = true;
	asked_number = READ_ONCE(stop_number);
	call_rcu(&grace, grace_over);
}

static struct irq_work ask_work = IRQ_WORK_INIT(ask);

/*
 * RCU has come through a whole grace period since the last stop, so its next
 * one starts with a new clock. Softirq context.
 */
static void grace_over(struct rcu_head *head)
{
	if (asked_number != READ_ONCE(stop_number)) {
		asked_number = READ_ONCE(stop_number);
		call_rcu(&grace, grace_over);
		return;
	}
	asked = false;
	suppressed = false;
	rcu_cpu_stall_suppress = suppress_before;
}

/**
 * own_quiet_cpu - this CPU is not hung
 *
 * Context: any.
 */
void own_quiet_cpu(void)
{
	touch_softlockup_watchdog();
	arch_touch_nmi_watchdog();
}

/**
 * own_quiet_begin - a stop begins
 */
void own_quiet_begin(void)
{
	stop_number++;
	if (suppressed)
		return;
	suppressed = true;
	suppress_before = rcu_cpu_stall_suppress;
	rcu_cpu_stall_suppress = 1;
}

/**
 * own_quiet_end - a stop ends
 */
void own_quiet_end(void)
{
	if (!suppressed)
		return;
	reset_hung_task_detector();
	if (clocksource_reset && !atomic_read(clocksource_reset))
		atomic_set(clocksource_reset, 1);
	irq_work_queue(&ask_work);
}

/**
 * own_quiet_init - find the watchdogs
 *
 * Context: process, sleeps.
 */
void own_quiet_init(void)
{
	clocksource_reset = (atomic_t *)own_symbol("watchdog_reset_pending");
}

/**
 * own_quiet_exit - let the watchdogs watch
 *
 * Context: process, sleeps.
 */
void own_quiet_exit(void)
{
	irq_work_sync(&ask_work);
	/* The first callback may have asked for a second. */
	rcu_barrier();
	rcu_barrier();
}
