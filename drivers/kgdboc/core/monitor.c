// SPDX-License-Identifier: GPL-2.0
/* The commands behind gdb's "monitor": what the stopped kernel can tell by itself. */
#include <linux/io.h>
#include <linux/kallsyms.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <asm/unwind.h>

#include "compat/kmsg_dump.h"
#include "own.h"

#define PCI_ADDRESS 0xcf8
#define PCI_DATA 0xcfc
#define FRAMES_MAX 64

static void monitor_dmesg(const char *argument)
{
	static char line[480];
	struct kmsg_dump_iter iter;
	size_t len;

	if (!compat_kmsg_dump_is_lockless())
		own_print("a stopped CPU may hold the lock of this kernel's log\n");
	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, false, line, sizeof(line) - 1, &len)) {
		line[min(len, sizeof(line) - 1)] = '\0';
		own_print("%s", line);
	}
}

static void monitor_cpus(const char *argument)
{
	int id;

	for_each_online_cpu(id) {
		const struct own_cpu *cpu = &per_cpu(own_cpus, id);

		if (!cpu->regs)
			own_print("cpu %d: lost, it did not stop\n", id);
		else
			own_print("cpu %d: thread %d, pid %d %.*s at %lx%s\n", id, id + 1,
				  cpu->task->pid, TASK_COMM_LEN, cpu->task->comm, cpu->regs->ip,
				  user_mode(cpu->regs) ? " (user space)" : "");
	}
}

static void monitor_tasks(const char *argument)
{
	struct rsp_thread thread = { .tid = 0 };

	while (own_thread_next(&thread))
		own_print("%8llu cpu %-3d %-16s %s\n", thread.tid, thread.cpu, thread.name,
			  thread.state);
}

static u32 pci_read(unsigned int bus, unsigned int slot, unsigned int where)
{
	outl(0x80000000 | bus << 16 | slot << 8 | where, PCI_ADDRESS);
	return inl(PCI_DATA);
}

static void monitor_pci(const char *argument)
{
	u32 before = inl(PCI_ADDRESS);	/* a stopped CPU may be between the two */
	unsigned int bus, slot, buses = 1;

	for (bus = 0; bus < buses; bus++) {
		for (slot = 0; slot < 256; slot++) {
			u32 id = pci_read(bus, slot, PCI_VENDOR_ID), class, header;

			if (id == ~0U || !id)
				continue;
			class = pci_read(bus, slot, PCI_CLASS_REVISION) >> 8;
			own_print("%02x:%02x.%x %04x:%04x class %06x\n", bus, slot >> 3, slot & 7,
				  id & 0xffff, id >> 16, class);
			header = pci_read(bus, slot, PCI_CACHE_LINE_SIZE) >> 16 & 0x7f;
			if (header == PCI_HEADER_TYPE_BRIDGE)
				buses = max(buses, (pci_read(bus, slot, PCI_PRIMARY_BUS) >> 16 &
						    0xff) + 1);
		}
	}
	outl(before, PCI_ADDRESS);
}

static bool take_number(const char **at, unsigned long long *number)
{
	char word[24];
	size_t len;

	*at = skip_spaces(*at);
	len = strcspn(*at, " ");
	if (!len || len >= sizeof(word))
		return false;
	memcpy(word, *at, len);
	word[len] = '\0';
	*at += len;
	return !kstrtoull(word, 16, number);
}

static void monitor_msr(const char *argument)
{
	unsigned long long number, value;
	int err = 0;

	if (!take_number(&argument, &number)) {
		own_print("monitor msr NUMBER [VALUE], both hexadecimal, on the CPU that talks\n");
		return;
	}
	if (take_number(&argument, &value)) {
		err = wrmsr_safe(number, (u32)value, (u32)(value >> 32));
	} else {
		u32 low = 0, high = 0;

		err = rdmsr_safe(number, &low, &high);
		value = (u64)high << 32 | low;
	}
	if (err)
		own_print("msr %llx: this processor refuses\n", number);
	else
		own_print("msr %llx = %llx\n", number, value);
}

static void monitor_symbol(const char *argument)
{
	unsigned long long address;
	char name[KSYM_SYMBOL_LEN];

	if (!take_number(&argument, &address)) {
		own_print("monitor symbol ADDRESS, hexadecimal\n");
		return;
	}
	sprint_symbol(name, address);
	own_print("%s\n", name);
}

/*
 * The kernel does not unwind a task that runs on another CPU: what looks like
 * return addresses on its stack, marked so.
 */
static void scan(const struct pt_regs *regs)
{
	unsigned long at = regs->sp & ~7UL, end = (at | (THREAD_SIZE - 1)) + 1, address;
	char name[KSYM_SYMBOL_LEN];
	unsigned int n = 1;

	sprint_symbol(name, regs->ip);
	own_print("#0  %lx %s\n", regs->ip, name);
	for (; at < end && n < FRAMES_MAX; at += sizeof(address)) {
		if (own_memory_read_raw(at, &address, sizeof(address)) != sizeof(address))
			break;
		if (!own_memory_is_code(address))
			continue;
		sprint_symbol(name, address);
		own_print("#%-2u %lx ? %s\n", n++, address, name);
	}
}

/* The kernel's own way of finding callers, for who has no debug information. */
static void backtrace(struct task_struct *task, struct pt_regs *regs)
{
	struct unwind_state state;
	char name[KSYM_SYMBOL_LEN];
	unsigned int n = 0;

	unwind_start(&state, task, regs, NULL);
	for (; !unwind_done(&state) && n < FRAMES_MAX; unwind_next_frame(&state), n++) {
		unsigned long address = unwind_get_return_address(&state);

		if (!address)
			break;
		sprint_symbol(name, address);
		own_print("#%-2u %lx %s\n", n, address, name);
	}
	if (!n && regs)
		scan(regs);
}

static void monitor_bt(const char *argument)
{
	struct own_cpu *cpu;
	struct task_struct *task;
	unsigned long tid;

	argument = skip_spaces(argument);
	tid = raw_smp_processor_id() + 1;
	if (*argument && kstrtoul(argument, 10, &tid)) {
		own_print("monitor bt [THREAD], the number that \"info threads\" shows\n");
		return;
	}
	cpu = own_thread_cpu(tid);
	task = own_task(tid);
	if (cpu && cpu->regs && !user_mode(cpu->regs))
		backtrace(cpu->task, cpu->regs);
	else if (task)
		backtrace(task, NULL);
	else
		own_print("thread %lu: none in the kernel has this number\n", tid);
}

static void monitor_stats(const char *argument)
{
	const struct rsp_stats *stats = own_talk_stats();

	own_print("stops %lu, CPUs that did not come %lu, debug registers %u\n",
		  own_stop_count(), own_lost_count(), own_debugreg_slots());
	own_print("packets %lu, bad %lu, sent again %lu, clients %lu\n", stats->packets,
		  stats->bad, stats->resent, stats->clients);
	own_text_list();
}

static void monitor_help(const char *argument);

static const struct {
	const char *name;
	void (*run)(const char *argument);
	const char *help;
} commands[] = {
	{ "help", monitor_help, "this list" },
	{ "bt", monitor_bt, "THREAD: the kernel's own backtrace of a thread" },
	{ "cpus", monitor_cpus, "where each CPU stands" },
	{ "dmesg", monitor_dmesg, "the kernel's log" },
	{ "msr", monitor_msr, "NUMBER [VALUE]: read or write a register of this CPU" },
	{ "pci", monitor_pci, "devices on PCI, from their configuration space" },
	{ "stats", monitor_stats, "counts, breakpoints, why one was refused" },
	{ "symbol", monitor_symbol, "ADDRESS: its name, modules and their init code too" },
	{ "tasks", monitor_tasks, "all tasks, with the numbers of their threads" },
};

static void monitor_help(const char *argument)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		own_print("%-8s %s\n", commands[i].name, commands[i].help);
}

/**
 * own_monitor - run a command of gdb's "monitor"
 * @command: the command
 *
 * Return: false when there is none of this name.
 */
bool own_monitor(const char *command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		size_t len = strlen(commands[i].name);

		if (strncmp(command, commands[i].name, len) ||
		    (command[len] && command[len] != ' '))
			continue;
		commands[i].run(command + len);
		return true;
	}
	return false;
}
