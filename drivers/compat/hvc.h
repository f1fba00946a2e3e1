/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hvc core's interface. Its header is not part of the kernel's installed
 * headers, so what a console driver needs is declared here.
 *
 * Two things changed over the releases and are bridged: the character
 * callbacks count in int before 6.8 and in size_t since, and return int or
 * ssize_t; an int parameter with a long result serves both on every
 * architecture that passes arguments in registers. And struct hvc_struct moved
 * its fields: the ones needed are found at run time behind the ops pointer.
 */
#ifndef PORTSIDE_COMPAT_HVC_H
#define PORTSIDE_COMPAT_HVC_H

#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/tty.h>
#include <linux/types.h>

#define HVC_TTY_LINES 8		/* hvc0 to hvc7: what the core allocates */

struct hvc_struct;

struct hv_ops {
	long (*get_chars)(u32 vtermno, char *buf, int count);
	long (*put_chars)(u32 vtermno, const char *buf, int count);
	int (*flush)(u32 vtermno, bool wait);
	int (*notifier_add)(struct hvc_struct *hp, int irq);
	void (*notifier_del)(struct hvc_struct *hp, int irq);
	void (*notifier_hangup)(struct hvc_struct *hp, int irq);
	int (*tiocmget)(struct hvc_struct *hp);
	int (*tiocmset)(struct hvc_struct *hp, unsigned int set, unsigned int clear);
	void (*dtr_rts)(struct hvc_struct *hp, int active);
};

struct hvc_struct *hvc_alloc(u32 vtermno, int data, const struct hv_ops *ops, int outbuf_size);
void hvc_remove(struct hvc_struct *hp);
int hvc_poll(struct hvc_struct *hp);
void hvc_kick(void);
void __hvc_resize(struct hvc_struct *hp, struct winsize ws);

/**
 * compat_hvc_find_ops - where a line keeps its ops pointer
 * @hp: a line from hvc_alloc()
 * @ops: the ops it was allocated with
 *
 * The structure starts with a tty_port and a spinlock in every release; the
 * ops pointer follows within a few words and is aligned like any pointer.
 *
 * Return: the place, or NULL when this kernel's layout is unknown.
 */
static inline const struct hv_ops **compat_hvc_find_ops(struct hvc_struct *hp,
							const struct hv_ops *ops)
{
	const size_t from = ALIGN(sizeof(struct tty_port) + sizeof(spinlock_t), sizeof(void *));
	const struct hv_ops **field = (void *)hp + from;
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (field[i] == ops)
			return field + i;
	return NULL;
}

/**
 * compat_hvc_index - the N of a line's /dev/hvcN
 * @hp: a line from hvc_alloc()
 *
 * Return: the index, which is beyond HVC_TTY_LINES for lines without a tty.
 */
static inline int compat_hvc_index(struct hvc_struct *hp)
{
	const size_t lock_end = ALIGN(sizeof(struct tty_port), __alignof__(spinlock_t)) +
				sizeof(spinlock_t);

	return *(int *)((void *)hp + lock_end);
}

/**
 * compat_hvc_set_irq_driven - tell the core that input and room are announced
 * @hp: a line from hvc_alloc()
 * @ops: the ops it was allocated with
 * @driven: false makes the core poll the line
 *
 * The int that says so follows the ops pointer in every release.
 */
static inline void compat_hvc_set_irq_driven(struct hvc_struct *hp, const struct hv_ops *ops,
					     bool driven)
{
	const struct hv_ops **field = compat_hvc_find_ops(hp, ops);

	if (field)
		*(int *)(field + 1) = driven;
}

/**
 * compat_hvc_resize - set a line's window size and signal its readers
 * @hp: a line from hvc_alloc()
 * @ws: the size in character cells
 *
 * Context: any; takes the line's lock, which follows the tty_port.
 */
static inline void compat_hvc_resize(struct hvc_struct *hp, struct winsize ws)
{
	spinlock_t *lock = (void *)hp + ALIGN(sizeof(struct tty_port), __alignof__(spinlock_t));
	unsigned long flags;

	spin_lock_irqsave(lock, flags);
	__hvc_resize(hp, ws);
	spin_unlock_irqrestore(lock, flags);
}

#endif
