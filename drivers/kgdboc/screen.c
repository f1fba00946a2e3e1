// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's own keyboard and screen for kdb: kbd and kms of the parameter.
 * When the kernel runs again, keys that were released meanwhile are let go.
 */
#include <linux/console.h>
#include <linux/errno.h>
#include <linux/input.h>
#include <linux/kdb.h>
#include <linux/module.h>
#include <linux/vt_kern.h>
#include <linux/workqueue.h>

#include "../compat/irq_work.h"
#include "kgdboc.h"

static bool use_kms;
static bool use_keyboard;

#if IS_ENABLED(CONFIG_KDB_KEYBOARD) && IS_BUILTIN(CONFIG_INPUT)

/* A handler that wants no device: being offered them, it resets each. */
static int reset_connect(struct input_handler *handler, struct input_dev *dev,
			 const struct input_device_id *id)
{
	input_reset_device(dev);
	return -ENODEV;
}

static const struct input_device_id reset_ids[] = {
	{ .flags = INPUT_DEVICE_ID_MATCH_EVBIT, .evbit = { BIT_MASK(EV_KEY) } },
	{ }
};

static struct input_handler reset_handler = {
	.connect = reset_connect,
	.name = "kgdboc_reset",
	.id_table = reset_ids,
};

static void reset_keys(struct work_struct *work)
{
	if (!input_register_handler(&reset_handler))
		input_unregister_handler(&reset_handler);
}
static DECLARE_WORK(reset_work, reset_keys);

/* Work cannot be queued from where a debugger runs: an interrupt does it. */
static void reset_soon(struct irq_work *work)
{
	schedule_work(&reset_work);
}
static struct irq_work reset_irq = IRQ_WORK_INIT_HARD(reset_soon);

static int keyboard_attach(void)
{
	if (kdb_poll_idx >= KDB_POLL_FUNC_MAX)
		return -ENOSPC;
	kdb_poll_funcs[kdb_poll_idx++] = kdb_get_kbd_char;
	return 0;
}

static void keyboard_detach(void)
{
	int i;

	for (i = 0; i < kdb_poll_idx; i++) {
		if (kdb_poll_funcs[i] != kdb_get_kbd_char)
			continue;
		kdb_poll_funcs[i] = kdb_poll_funcs[--kdb_poll_idx];
		kdb_poll_funcs[kdb_poll_idx] = NULL;
		break;
	}
	irq_work_sync(&reset_irq);
	flush_work(&reset_work);
}

static void keyboard_leave(void)
{
	if (system_state == SYSTEM_RUNNING)
		irq_work_queue(&reset_irq);
}

#else

static int keyboard_attach(void)
{
	pr_err("kbd: this kernel was built without CONFIG_KDB_KEYBOARD\n");
	return -ENODEV;
}

static void keyboard_detach(void)
{
}

static void keyboard_leave(void)
{
}

#endif

/**
 * kgdboc_screen_attach - let kdb use what the parameter says
 * @config: the parameter
 *
 * Context: process.
 * Return: 0; -ENODEV when the kernel's kdb reads no keyboard; -ENOSPC.
 */
int kgdboc_screen_attach(const struct kgdboc_config *config)
{
	int err = config->keyboard ? keyboard_attach() : 0;

	use_keyboard = config->keyboard && !err;
	use_kms = config->kms;
	return err;
}

/**
 * kgdboc_screen_detach - undo kgdboc_screen_attach()
 */
void kgdboc_screen_detach(void)
{
	if (use_keyboard)
		keyboard_detach();
	use_keyboard = false;
	use_kms = false;
}

/**
 * kgdboc_screen_enter - the kernel has stopped
 *
 * Context: any.
 */
void kgdboc_screen_enter(void)
{
#if IS_ENABLED(CONFIG_VT)
	if (use_kms && vc_cons[fg_console].d)
		con_debug_enter(vc_cons[fg_console].d);
#endif
}

/**
 * kgdboc_screen_leave - the kernel is about to run
 *
 * Context: any.
 */
void kgdboc_screen_leave(void)
{
#if IS_ENABLED(CONFIG_VT)
	if (use_kms && vc_cons[fg_console].d)
		con_debug_leave();
#endif
	if (use_keyboard)
		keyboard_leave();
}
