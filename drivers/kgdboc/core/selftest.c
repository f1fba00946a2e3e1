// SPDX-License-Identifier: GPL-2.0
/*
 * What everything rests on, tried before gdb is let in: our int3 comes back to
 * us, the window writes to read-only memory, an NMI reaches every CPU.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>

#include "own.h"

#define ECHO_MS 1000

static atomic_t echoes;
static bool echoing;
static bool int3_seen;
static const u8 read_only[8] __aligned(8) = "before";

/**
 * own_selftest_int3 - is this int3 the test's
 * @regs: of the exception
 *
 * Context: the int3 exception.
 * Return: whether it is.
 */
bool own_selftest_int3(struct pt_regs *regs)
{
	if (regs->ax != (unsigned long)&int3_seen || !within_module(regs->ip, THIS_MODULE))
		return false;
	int3_seen = true;
	return true;
}

/**
 * own_selftest_nmi - is this NMI the test's
 *
 * Context: NMI.
 * Return: whether it is.
 */
bool own_selftest_nmi(void)
{
	if (!READ_ONCE(echoing))
		return false;
	atomic_inc(&echoes);
	return true;
}

static noinline bool test_int3(void)
{
	int3_seen = false;
	barrier();
	asm volatile("int3" : : "a" (&int3_seen) : "memory");
	return READ_ONCE(int3_seen);
}

static bool test_window(void)
{
	static const u8 other[8] = "behind";
	const volatile u8 *seen = read_only;
	bool good;

	own_take();
	own_memory_write((unsigned long)read_only, other, sizeof(other));
	good = seen[2] == other[2];
	own_memory_write((unsigned long)read_only, (const u8 *)"before\0", sizeof(other));
	good &= seen[2] == 'f';
	own_give();
	return good;
}

static bool test_nmi(void)
{
	u64 began;
	int cpu, due = 0;

	cpus_read_lock();
	atomic_set(&echoes, 0);
	WRITE_ONCE(echoing, true);
	for_each_online_cpu(cpu) {
		atomic_set(&per_cpu(own_cpus, cpu).nmi_due, 1);
		apic->send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
		due++;
	}
	began = own_now();
	while (atomic_read(&echoes) < due && own_milliseconds(began) < ECHO_MS)
		cpu_relax();
	WRITE_ONCE(echoing, false);
	cpus_read_unlock();
	return atomic_read(&echoes) >= due;
}

/**
 * own_selftest - try what everything rests on
 * @why: set to what does not work
 *
 * Context: process, sleeps.
 * Return: 0 or -EIO.
 */
int own_selftest(const char **why)
{
	if (!test_int3())
		*why = "an int3 of ours was not reported to us";
	else if (!test_window())
		*why = "read-only memory cannot be changed through our window";
	else if (!test_nmi())
		*why = "an NMI did not reach every CPU";
	else
		return 0;
	return -EIO;
}
