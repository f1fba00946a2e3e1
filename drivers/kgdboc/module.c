// SPDX-License-Identifier: GPL-2.0
/*
 * The module: one line, one core, and the change from one configuration to the
 * next. A new line is tried before the old one is forgotten; a line that does
 * not exist yet is looked for until it does.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "kgdboc.h"

/* How often a line that is missing is looked for. */
#define RETRY_INTERVAL max(HZ / 50, 1)
/* How long loading takes at most when the kernel is to stop at a line that is missing. */
#define PATIENCE (10 * HZ)

static DEFINE_MUTEX(mutex);	/* protects everything below */
static const struct kgdboc_core_ops *core;	/* attached to @line, or NULL */
static struct kgdboc_line line;
static struct kgdboc_config awaited;	/* looked for by @retry */
static bool stop_when_there;
static DECLARE_COMPLETION(found);	/* nothing is awaited any more */

static void retry_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(retry, retry_work);

static const struct kgdboc_core_ops *const cores[] = {
#if IS_ENABLED(CONFIG_KGDB)
	&kgdboc_core_kgdb,
#endif
#ifdef KGDBOC_HAS_OWN
	&kgdboc_core_own,
#endif
};

/* The core that core= asks for, or NULL after saying why there is none. */
static const struct kgdboc_core_ops *choose_core(void)
{
	const char *wanted = kgdboc_param_core(), *why = NULL;
	bool any = !strcmp(wanted, "auto");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cores); i++) {
		if (!any && strcmp(cores[i]->name, wanted))
			continue;
		if (cores[i]->available(&why))
			return cores[i];
	}
	if (!IS_ENABLED(CONFIG_KGDB) && !strcmp(wanted, "kernel"))
		why = "this kernel was built without CONFIG_KGDB";
	if (any && !IS_ENABLED(CONFIG_KGDB))
		pr_err("this kernel was built without CONFIG_KGDB\n");
	pr_err("core=%s: %s\n", wanted, why ? why : "the cores are auto, kernel and own");
	return NULL;
}

static void let_go(void)
{
	if (core) {
		core->detach();
		core = NULL;
	}
	kgdboc_line_close(&line);
}

/* Opens a line and debugs over it. */
static int take_up(const struct kgdboc_config *config, const struct kgdboc_core_ops *chosen)
{
	bool stop = stop_when_there;
	int err = kgdboc_line_open(&line, config);

	if (err)
		return err;
	stop_when_there = false;
	err = chosen->attach(&line, stop);
	if (err) {
		kgdboc_line_close(&line);
		return err;
	}
	core = chosen;
	pr_info("gdb over %s (%s), core %s\n", config->text, line.ops->name, core->name);
	return 0;
}

static void retry_work(struct work_struct *work)
{
	const struct kgdboc_core_ops *chosen;
	int err;

	mutex_lock(&mutex);
	if (awaited.kind == KGDBOC_NONE)
		goto out;
	chosen = choose_core();
	err = chosen ? take_up(&awaited, chosen) : -EOPNOTSUPP;
	if (err == -EPROBE_DEFER) {
		schedule_delayed_work(&retry, RETRY_INTERVAL);
		goto out;
	}
	if (err)
		pr_err("%s: error %d\n", awaited.text, err);
	awaited.kind = KGDBOC_NONE;
	complete_all(&found);
out:
	mutex_unlock(&mutex);
}

/*
 * Opens a line and closes it again, so that a value that leads nowhere is
 * refused before anything is given up. A port that is busy is so by ourselves.
 */
static int try_out(const struct kgdboc_config *config)
{
	static struct kgdboc_line trial;
	int err;

	if (core && config->kind == KGDBOC_VPORT && line.config.kind == KGDBOC_VPORT &&
	    !strcmp(config->name, line.config.name))
		return 0;
	err = kgdboc_line_open(&trial, config);
	if (!err)
		kgdboc_line_close(&trial);
	return err;
}

/* Nothing is lost by a bad value: the old line stays, or comes back. */
static int change(const struct kgdboc_config *config, bool may_wait)
{
	const struct kgdboc_core_ops *chosen, *before = core;
	struct kgdboc_config old = line.config;
	int err;

	if (config->kind == KGDBOC_NONE) {
		awaited.kind = KGDBOC_NONE;
		let_go();
		return 0;
	}
	chosen = choose_core();
	if (!chosen)
		return -EOPNOTSUPP;
	err = try_out(config);
	if (!err) {
		let_go();
		err = take_up(config, chosen);
	}
	if (err == -EPROBE_DEFER && may_wait) {
		pr_info("waiting for %s\n", config->text);
		awaited = *config;
		schedule_delayed_work(&retry, RETRY_INTERVAL);
		return 0;
	}
	if (!err)
		awaited.kind = KGDBOC_NONE;
	else if (before && !core && take_up(&old, before))
		pr_err("%s: lost\n", old.text);
	return err == -EPROBE_DEFER ? -ENODEV : err;
}

/**
 * kgdboc_configure - bring a parameter into force
 * @config: the parameter, well-formed
 * @may_wait: a line that is not there is looked for until it is
 *
 * Context: process, may sleep.
 * Return: 0; -EBUSY while gdb is in a session; -ENODEV no such line; -EOPNOTSUPP
 * this kernel cannot be debugged; another error. On an error everything stays as
 * it was.
 */
int kgdboc_configure(const struct kgdboc_config *config, bool may_wait)
{
	int err;

	mutex_lock(&mutex);
	if (core && core->busy()) {
		pr_err("Cannot reconfigure while KGDB is connected.\n");
		err = -EBUSY;
	} else {
		err = change(config, may_wait);
	}
	mutex_unlock(&mutex);
	return err;
}

/*
 * Who wants the kernel to stop wants it to before what is loaded next. A port is
 * told of by the host a little later than its driver is loaded.
 */
static int __init kgdboc_module_init(void)
{
	int err;

	stop_when_there = kgdboc_param_wait();
	err = kgdboc_param_start();
	if (err || !kgdboc_param_wait() || awaited.kind == KGDBOC_NONE)
		return err;
	if (!wait_for_completion_timeout(&found, PATIENCE))
		pr_info("going on without %s until it is there\n", awaited.text);
	return 0;
}
module_init(kgdboc_module_init);

static void __exit kgdboc_module_exit(void)
{
	mutex_lock(&mutex);
	awaited.kind = KGDBOC_NONE;
	mutex_unlock(&mutex);
	cancel_delayed_work_sync(&retry);
	mutex_lock(&mutex);
	let_go();
	mutex_unlock(&mutex);
}
module_exit(kgdboc_module_exit);

MODULE_DESCRIPTION("gdb and kdb over serial lines and virtio ports");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
