// SPDX-License-Identifier: GPL-2.0
/*
 * Our own stop core as the module knows it: on which machines it works, and
 * attaching to a line and detaching. When gdb first calls, a worker takes the
 * debug registers from perf, which can only be done there, and the stop follows
 * at the next tick of a timer; if no worker gets to run, without them.
 */
#include <linux/cc_platform.h>
#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>
#include <asm/cpufeature.h>
#include <asm/irq_regs.h>
#include <xen/xen.h>

#include "compat/hrtimer.h"
#include "compat/irq_work.h"
#include "compat/module.h"
#include "../kgdboc.h"
#include "own.h"

#define WORKER_MS 1000		/* how long the first stop waits for the worker */

static struct kgdboc_line *attached;
static bool open_to_calls;
static enum cpuhp_state hotplug;
static struct hrtimer call_timer;
static u8 call_byte;

unsigned long own_text_start;
const u8 *own_vmcoreinfo;
size_t own_vmcoreinfo_len;

/* ---- where it works ---- */

static bool own_available(const char **why)
{
	unsigned long *io;

	if (security_locked_down(LOCKDOWN_DBG_WRITE_KERNEL))
		*why = "the kernel is locked down (Secure Boot, or lockdown=): nobody may change it";
	else if (xen_pv_domain())
		*why = "a paravirtual Xen guest has no access to the registers this needs; boot as HVM or PVH";
	else if (cc_platform_has(CC_ATTR_GUEST_STATE_ENCRYPT))
		*why = "this guest's registers are encrypted (SEV-ES): nothing can stop it like this";
#ifdef X86_FEATURE_TDX_GUEST	/* since 5.16 */
	else if (boot_cpu_has(X86_FEATURE_TDX_GUEST))
		*why = "this guest is a TDX trust domain: nothing can stop it like this";
#endif
	else if (!boot_cpu_has(X86_FEATURE_APIC) || !boot_cpu_has(X86_FEATURE_TSC))
		*why = "it needs a processor with a local APIC and a time stamp counter";
	else
		*why = NULL;
	if (*why || !IS_ENABLED(CONFIG_KGDB))
		return !*why;
	io = (unsigned long *)own_symbol("dbg_io_ops");
	if (io && READ_ONCE(*io))
		*why = "the kernel's own debugger is on a line already; take it off first";
	return !*why;
}

/* ---- calls for attention ---- */

/* Stops in an interrupt: gdb is shown what was interrupted. */
static void stop_interrupted(u8 byte)
{
	struct own_event event = {
		.regs = get_irq_regs(),
		.entry = OWN_CALL,
		.byte = byte,
		.stop = { .signal = byte ? 2 : 5 },
	};

	if (event.regs)
		own_stop(&event);
	else
		own_stop_here(byte);
}

static void call_now(struct irq_work *work)
{
	if (READ_ONCE(open_to_calls))
		stop_interrupted(call_byte);
}
static struct irq_work call_work = IRQ_WORK_INIT_HARD(call_now);

/* Not from the timer's own interrupt, which is timed by the kernel. */
static enum hrtimer_restart call_soon(struct hrtimer *timer)
{
	irq_work_queue(&call_work);
	return HRTIMER_NORESTART;
}

static void session_work(struct work_struct *work)
{
	if (!own_talk_connected() && !hrtimer_active(&call_timer)) {
		own_debugreg_give();
		return;
	}
	own_debugreg_take();
	if (hrtimer_try_to_cancel(&call_timer) == 1)
		hrtimer_start(&call_timer, 0, HRTIMER_MODE_REL_HARD);
}
static DECLARE_WORK(session, session_work);

static void schedule_session(struct irq_work *work)
{
	schedule_work(&session);
}
static struct irq_work session_irq = IRQ_WORK_INIT(schedule_session);

/**
 * own_session_changed - a client has come or gone
 *
 * Context: any.
 */
void own_session_changed(void)
{
	irq_work_queue(&session_irq);
}

static void own_break_in(struct kgdboc_line *line, u8 byte)
{
	if (!READ_ONCE(open_to_calls))
		return;
	if (byte != '$' || own_debugreg_slots()) {
		stop_interrupted(byte);
		return;
	}
	if (hrtimer_active(&call_timer))
		return;
	call_byte = byte;
	hrtimer_start(&call_timer, ms_to_ktime(WORKER_MS), HRTIMER_MODE_REL_HARD);
	schedule_work(&session);
}

static void own_stop_now(void)
{
	if (READ_ONCE(open_to_calls))
		own_stop_here(0);
}

/* ---- CPUs that come, sleep, modules that go ---- */

static void renew_work(struct work_struct *work)
{
	if (!own_debugreg_slots())
		return;
	own_debugreg_give();
	own_debugreg_take();
}
static DECLARE_WORK(renew, renew_work);

static int cpu_came(unsigned int cpu)
{
	if (own_debugreg_slots())
		schedule_work(&renew);
	return 0;
}

/* The debug registers are lost in sleep and restored too early by perf. */
static int on_sleep(struct notifier_block *nb, unsigned long what, void *data)
{
	static bool had_slots;

	switch (what) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		had_slots = own_debugreg_slots();
		own_debugreg_give();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		if (had_slots)
			own_debugreg_take();
		break;
	}
	return NOTIFY_OK;
}
static struct notifier_block sleep_block = { .notifier_call = on_sleep };

static void drop(struct compat_span code)
{
	own_take();
	own_text_drop(code.start, code.start + code.len);
	own_give();
}

/* Before its memory goes: a breakpoint would be written into someone else's. */
static int on_module(struct notifier_block *nb, unsigned long what, void *data)
{
	if (what == MODULE_STATE_LIVE || what == MODULE_STATE_GOING)
		drop(compat_module_init_code(data));
	if (what == MODULE_STATE_GOING)
		drop(compat_module_code(data));
	return NOTIFY_OK;
}
static struct notifier_block module_block = { .notifier_call = on_module };

/* ---- attaching ---- */

static void look_around(void)
{
	own_text_start = own_symbol("_stext");
	own_quiet_init();
	own_debugreg_init();
	hrtimer_setup(&call_timer, call_soon, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
}

static int prepare(void)
{
	const char *why;
	int err = own_memory_init();

	if (err)
		return err;
	err = own_sites_init();
	if (err) {
		pr_err("this kernel does not show its symbols (CONFIG_KPROBES, CONFIG_KALLSYMS)\n");
		goto no_sites;
	}
	err = own_stop_init();
	if (err)
		goto no_sites;
	err = own_traps_init();
	if (err)
		goto no_traps;
	err = own_selftest(&why);
	if (err) {
		pr_err("core=own: the self-test failed: %s\n", why);
		goto no_test;
	}
	return 0;
no_test:
	own_traps_exit();
no_traps:
	own_stop_exit();
no_sites:
	own_memory_exit();
	return err;
}

static int own_attach(struct kgdboc_line *line, bool stop)
{
	int err;

	look_around();
	err = prepare();
	if (err)
		return err;
	own_talk_attach(line);
	hotplug = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "kgdboc:online", cpu_came, NULL);
	register_pm_notifier(&sleep_block);
	register_module_notifier(&module_block);
	attached = line;
	line->break_in = own_break_in;
	WRITE_ONCE(open_to_calls, true);
	if (kgdboc_line_watch(line))
		pr_info("this line cannot break in: use SysRq g\n");
	if (stop) {
		own_debugreg_take();
		own_stop_here(0);
	}
	return 0;
}

static void own_detach(void)
{
	WRITE_ONCE(open_to_calls, false);
	kgdboc_line_unwatch(attached);
	attached->break_in = NULL;
	hrtimer_cancel(&call_timer);
	irq_work_sync(&call_work);
	unregister_module_notifier(&module_block);
	unregister_pm_notifier(&sleep_block);
	if (hotplug > 0)
		cpuhp_remove_state_nocalls(hotplug);
	own_take();
	own_talk_detach();
	own_give();
	own_traps_exit();
	irq_work_sync(&session_irq);
	cancel_work_sync(&session);
	cancel_work_sync(&renew);
	own_debugreg_exit();
	own_stop_exit();
	own_quiet_exit();
	own_memory_exit();
	attached = NULL;
}

static bool own_busy(void)
{
	return own_talk_connected();
}

const struct kgdboc_core_ops kgdboc_core_own = {
	.name = "own",
	.available = own_available,
	.attach = own_attach,
	.detach = own_detach,
	.busy = own_busy,
	.stop = own_stop_now,
};
