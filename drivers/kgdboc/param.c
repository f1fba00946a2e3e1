// SPDX-License-Identifier: GPL-2.0
/*
 * The module's parameters: kgdboc= as the in-tree module has it, at load and in
 * sysfs, core= and wait=.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kgdboc.h"

static DEFINE_MUTEX(param_mutex);	/* protects @current_text and @started */
static char current_text[KGDBOC_CONFIG_MAX];
static bool started;

static char *core = "auto";
module_param(core, charp, 0444);
MODULE_PARM_DESC(core, "who stops the kernel: kernel (CONFIG_KGDB), own, or auto");

static bool wait;
module_param(wait, bool, 0444);
MODULE_PARM_DESC(wait, "stop as soon as the line is there (as kgdbwait on the command line)");

/**
 * kgdboc_param_core - which core was asked for
 *
 * Return: auto, kernel, own, or something that is no core.
 */
const char *kgdboc_param_core(void)
{
	return core;
}

/* kgdbwait among the words of the kernel's command line. */
static bool command_line_has(const char *word)
{
	struct file *file = filp_open("/proc/cmdline", O_RDONLY, 0);
	char *line, *next, *text;
	bool found = false;
	loff_t pos = 0;
	ssize_t len;

	if (IS_ERR(file))
		return false;
	text = kzalloc(PAGE_SIZE, GFP_KERNEL);
	len = text ? kernel_read(file, text, PAGE_SIZE - 1, &pos) : 0;
	for (next = text; len > 0 && (line = strsep(&next, " \n"));)
		found |= !strcmp(line, word);
	kfree(text);
	filp_close(file, NULL);
	return found;
}

/**
 * kgdboc_param_wait - stop when the line is there
 *
 * Context: process, sleeps.
 * Return: true when the parameter or the kernel's command line says so.
 */
bool kgdboc_param_wait(void)
{
	return wait || command_line_has("kgdbwait");
}

static int config_set(const char *value, const struct kernel_param *param)
{
	struct kgdboc_config *config = kmalloc(sizeof(*config), GFP_KERNEL);
	const char *why = NULL;
	int err;

	if (!config)
		return -ENOMEM;
	err = kgdboc_config_parse(config, value, &why);
	if (err) {
		pr_err("'%.*s': %s\n", (int)strcspn(value, "\n"), value, why);
		goto out;
	}
	mutex_lock(&param_mutex);
	if (started)
		err = kgdboc_configure(config, false);
	if (!err)
		strscpy(current_text, config->text, sizeof(current_text));
	mutex_unlock(&param_mutex);
out:
	kfree(config);
	return err;
}

static int config_get(char *buffer, const struct kernel_param *param)
{
	int len;

	mutex_lock(&param_mutex);
	len = scnprintf(buffer, PAGE_SIZE, "%s\n", current_text);
	mutex_unlock(&param_mutex);
	return len;
}

static const struct kernel_param_ops config_ops = {
	.set = config_set,
	.get = config_get,
};
module_param_cb(kgdboc, &config_ops, NULL, 0644);
MODULE_PARM_DESC(kgdboc, "[kms,][kbd,]<tty><n>[,options], vport:<name> or uart:io|mmio,<address>[,<baud>]");

/**
 * kgdboc_param_start - the parameter given at load comes into force
 *
 * Context: process, may sleep.
 * Return: 0, also when the line is waited for; an error for a line that will
 * never be.
 */
int kgdboc_param_start(void)
{
	struct kgdboc_config *config = kmalloc(sizeof(*config), GFP_KERNEL);
	const char *why;
	int err;

	if (!config)
		return -ENOMEM;
	mutex_lock(&param_mutex);
	started = true;
	err = kgdboc_config_parse(config, current_text, &why);
	if (!err && config->kind != KGDBOC_NONE)
		err = kgdboc_configure(config, true);
	if (err)
		current_text[0] = '\0';
	mutex_unlock(&param_mutex);
	kfree(config);
	return err;
}
