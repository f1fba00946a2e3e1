// SPDX-License-Identifier: GPL-2.0
/*
 * Registers as gdb numbers them, and single steps. A step runs with interrupts
 * masked, so that it is a step and not a visit to the timer; instructions that
 * see or set the interrupt flag are put right, or made here.
 */
#include <linux/stddef.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "own.h"

#define INSN_MAX 15
#define FLAGS_SETTABLE (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			X86_EFLAGS_SF | X86_EFLAGS_DF | X86_EFLAGS_OF | X86_EFLAGS_IF)

enum insn {
	INSN_PLAIN,
	INSN_PUSHF,
	INSN_POPF,
	INSN_CLI,
	INSN_STI,
	INSN_HLT,
	INSN_IRET,
	INSN_TO_USER,		/* sysret, sysexit */
};

#define REG(number, field)	[number] = offsetof(struct pt_regs, field) + 1

/* Where in struct pt_regs a register is, plus one. */
static const u8 offsets[] = {
	REG(X86_RAX, ax), REG(X86_RBX, bx), REG(X86_RCX, cx), REG(X86_RDX, dx),
	REG(X86_RSI, si), REG(X86_RDI, di), REG(X86_RBP, bp), REG(X86_RSP, sp),
	REG(X86_R8, r8), REG(X86_R9, r9), REG(X86_R10, r10), REG(X86_R11, r11),
	REG(X86_R12, r12), REG(X86_R13, r13), REG(X86_R14, r14), REG(X86_R15, r15),
	REG(X86_RIP, ip), REG(X86_EFLAGS, flags), REG(X86_CS, cs), REG(X86_SS, ss),
	REG(X86_ORIG_RAX, orig_ax),
};

static unsigned long *saved(struct pt_regs *regs, unsigned int number)
{
	if (number >= ARRAY_SIZE(offsets) || !offsets[number])
		return NULL;
	return (void *)regs + offsets[number] - 1;
}

static u64 msr(u32 number)
{
	return native_read_msr(number);
}

/**
 * own_control_save - keep the registers that only this CPU can read
 * @control: for them
 *
 * Context: interrupts off.
 */
void own_control_save(struct own_control *control)
{
	control->cr0 = native_read_cr0();
	control->cr2 = native_read_cr2();
	control->cr3 = __native_read_cr3();
	control->cr4 = native_read_cr4();
	control->efer = msr(MSR_EFER);
	control->fs_base = msr(MSR_FS_BASE);
	control->gs_base = msr(MSR_GS_BASE);
	control->kernel_gs_base = msr(MSR_KERNEL_GS_BASE);
	savesegment(ds, control->ds);
	savesegment(es, control->es);
	savesegment(fs, control->fs);
	savesegment(gs, control->gs);
}

static bool control_get(const struct own_control *control, unsigned int number, u64 *value)
{
	switch (number) {
	case X86_DS:
		*value = control->ds;
		return true;
	case X86_ES:
		*value = control->es;
		return true;
	case X86_FS:
		*value = control->fs;
		return true;
	case X86_GS:
		*value = control->gs;
		return true;
	case X86_FS_BASE:
		*value = control->fs_base;
		return true;
	case X86_GS_BASE:
		*value = control->gs_base;
		return true;
	case X86_KERNEL_GS_BASE:
		*value = control->kernel_gs_base;
		return true;
	case X86_CR0:
		*value = control->cr0;
		return true;
	case X86_CR2:
		*value = control->cr2;
		return true;
	case X86_CR3:
		*value = control->cr3;
		return true;
	case X86_CR4:
		*value = control->cr4;
		return true;
	case X86_EFER:
		*value = control->efer;
		return true;
	}
	return false;
}

static bool cpu_get(struct own_cpu *cpu, unsigned int number, u64 *value)
{
	unsigned long *place;

	if (!cpu->regs)
		return false;
	place = saved(cpu->regs, number);
	if (!place)
		return control_get(&cpu->control, number, value);
	*value = *place;
	if (number == X86_RIP && cpu->shown_ip)
		*value = cpu->shown_ip;
	if (number == X86_EFLAGS)
		*value &= ~(u64)X86_EFLAGS_TF;
	return true;
}

/**
 * own_register_get - a thread's register
 * @tid: the thread
 * @number: the register
 * @value: for its bytes
 *
 * Return: false when it is not known.
 */
bool own_register_get(u64 tid, unsigned int number, u8 *value)
{
	struct own_cpu *cpu = own_thread_cpu(tid);
	struct task_struct *task;
	u64 n = 0;

	if (number >= rsp_x86_64.nr_registers)
		return false;
	if (cpu) {
		if (!cpu_get(cpu, number, &n))
			return false;
	} else {
		task = own_task(tid);
		if (!task || !own_task_register(task, number, &n))
			return false;
	}
	memcpy(value, &n, rsp_x86_64.registers[number].bytes);
	return true;
}

/**
 * own_register_set - change a thread's register
 * @tid: the thread
 * @number: the register
 * @value: its bytes
 *
 * Return: false when it cannot be changed: of a thread on no CPU, a selector, a
 * control register.
 */
bool own_register_set(u64 tid, unsigned int number, const u8 *value)
{
	struct own_cpu *cpu = own_thread_cpu(tid);
	unsigned long *place;
	u64 n = 0;

	if (!cpu || !cpu->regs || number == X86_CS || number == X86_SS)
		return false;
	place = saved(cpu->regs, number);
	if (!place)
		return false;
	memcpy(&n, value, rsp_x86_64.registers[number].bytes);
	if (number == X86_EFLAGS) {
		n = (n & FLAGS_SETTABLE) | (*place & ~(u64)FLAGS_SETTABLE);
	} else if (number == X86_RIP) {
		if (n == cpu->shown_ip)
			return true;
		cpu->shown_ip = 0;
	}
	*place = n;
	return true;
}

static bool is_prefix(u8 byte)
{
	switch (byte) {
	case 0x66: case 0x67: case 0xf0: case 0xf2: case 0xf3:
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
		return true;
	}
	return (byte & 0xf0) == 0x40;
}

static enum insn classify(unsigned long ip)
{
	u8 bytes[INSN_MAX] = {};
	size_t i = 0;

	own_memory_read(ip, bytes, sizeof(bytes));
	while (i < INSN_MAX - 1 && is_prefix(bytes[i]))
		i++;
	switch (bytes[i]) {
	case 0x9c:
		return INSN_PUSHF;
	case 0x9d:
		return INSN_POPF;
	case 0xfa:
		return INSN_CLI;
	case 0xfb:
		return INSN_STI;
	case 0xf4:
		return INSN_HLT;
	case 0xcf:
		return INSN_IRET;
	case 0x0f:
		return bytes[i + 1] == 0x07 || bytes[i + 1] == 0x35 ? INSN_TO_USER : INSN_PLAIN;
	}
	return INSN_PLAIN;
}

/**
 * own_step_emulate - make a step without running the CPU
 * @cpu: the CPU
 *
 * For what would hang or unmask interrupts: hlt, cli, sti.
 *
 * Return: the instruction's length, 0 when the CPU has to execute it.
 */
unsigned int own_step_emulate(struct own_cpu *cpu)
{
	struct pt_regs *regs = cpu->regs;

	if (!regs || user_mode(regs))
		return 0;
	switch (classify(regs->ip)) {
	case INSN_HLT:
		break;
	case INSN_CLI:
		regs->flags &= ~X86_EFLAGS_IF;
		break;
	case INSN_STI:
		regs->flags |= X86_EFLAGS_IF;
		break;
	default:
		return 0;
	}
	regs->ip++;
	cpu->shown_ip = 0;
	return 1;
}

/* The code segment that an iret will return to stands behind the address. */
static bool iret_stays_in_kernel(struct pt_regs *regs)
{
	unsigned long cs;

	return !copy_from_kernel_nofault(&cs, (void *)(regs->sp + sizeof(cs)), sizeof(cs)) &&
	       !(cs & 3);
}

/**
 * own_step_begin - prepare a CPU for a step
 * @cpu: the CPU, parked or the owner
 *
 * Return: false when a step from here does not come back, as into user space.
 */
bool own_step_begin(struct own_cpu *cpu)
{
	struct pt_regs *regs = cpu->regs;

	if (!regs || user_mode(regs))
		return false;
	cpu->step_insn = classify(regs->ip);
	if (cpu->step_insn == INSN_TO_USER ||
	    (cpu->step_insn == INSN_IRET && !iret_stays_in_kernel(regs)))
		return false;
	cpu->step_if = regs->flags & X86_EFLAGS_IF;
	/* An access to user memory may have to sleep for its page. */
	if (!(regs->flags & X86_EFLAGS_AC))
		regs->flags &= ~X86_EFLAGS_IF;
	regs->flags |= X86_EFLAGS_TF;
	return true;
}

static void put_pushed_flags_right(struct own_cpu *cpu)
{
	unsigned long pushed;

	if (copy_from_kernel_nofault(&pushed, (void *)cpu->regs->sp, sizeof(pushed)))
		return;
	pushed &= ~(X86_EFLAGS_TF | X86_EFLAGS_IF);
	pushed |= cpu->step_if;
	own_memory_write(cpu->regs->sp, (u8 *)&pushed, sizeof(pushed));
}

/**
 * own_step_end - put a CPU's flags right after a step
 * @cpu: the CPU, its regs those after the step
 */
void own_step_end(struct own_cpu *cpu)
{
	struct pt_regs *regs = cpu->regs;

	regs->flags &= ~X86_EFLAGS_TF;
	/* They have brought flags of their own. */
	if (cpu->step_insn == INSN_POPF || cpu->step_insn == INSN_IRET)
		return;
	if (cpu->step_insn == INSN_PUSHF)
		put_pushed_flags_right(cpu);
	regs->flags &= ~X86_EFLAGS_IF;
	regs->flags |= cpu->step_if;
}
