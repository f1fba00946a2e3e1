/* SPDX-License-Identifier: GPL-2.0 */
/* Initializers of static irq_works, which kernels before 5.11 do not have. */
#ifndef PORTSIDE_COMPAT_IRQ_WORK_H
#define PORTSIDE_COMPAT_IRQ_WORK_H

#include <linux/irq_work.h>

#ifndef IRQ_WORK_INIT
#define IRQ_WORK_INIT(function) (struct irq_work){ .flags = ATOMIC_INIT(0), .func = (function) }
#define IRQ_WORK_INIT_HARD(function) \
	(struct irq_work){ .flags = ATOMIC_INIT(IRQ_WORK_HARD_IRQ), .func = (function) }
#endif

#endif
