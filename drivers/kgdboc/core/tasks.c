// SPDX-License-Identifier: GPL-2.0
/*
 * Threads as gdb sees them: one for each CPU, numbered from 1, then each task
 * that is on no CPU, OWN_TASK_TID + its pid, standing where it was switched out.
 * The lists of tasks are walked as they are; what they lead to is read with
 * faults caught, as the kernel may be broken.
 */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <asm/switch_to.h>

#include "own.h"

#define WALK_MAX 4194304	/* there cannot be more tasks: PID_MAX_LIMIT */

/**
 * own_thread_cpu - the CPU that a thread is
 * @tid: the thread
 *
 * Return: the CPU's state, NULL when the thread is a task.
 */
struct own_cpu *own_thread_cpu(u64 tid)
{
	if (!tid || tid > nr_cpu_ids || !cpu_online(tid - 1))
		return NULL;
	return &per_cpu(own_cpus, tid - 1);
}

static bool is_on_cpu(const struct task_struct *task)
{
	int id;

	for_each_online_cpu(id)
		if (per_cpu(own_cpus, id).regs && per_cpu(own_cpus, id).task == task)
			return true;
	return false;
}

/**
 * own_task - the task that a thread is
 * @tid: the thread
 *
 * Return: the task, NULL when there is none or it is on a CPU.
 */
struct task_struct *own_task(u64 tid)
{
	struct task_struct *task;

	if (tid <= OWN_TASK_TID || tid - OWN_TASK_TID > PID_MAX_LIMIT)
		return NULL;
	task = pid_task(find_pid_ns(tid - OWN_TASK_TID, &init_pid_ns), PIDTYPE_PID);
	return task && !is_on_cpu(task) ? task : NULL;
}

static void *follow(const struct list_head *at)
{
	struct list_head *next;

	return get_kernel_nofault(next, &at->next) ? NULL : next;
}

/* The task after one in the lists; NULL at the end. */
static struct task_struct *task_after(struct task_struct *task)
{
	struct list_head *head = &task->signal->thread_head;
	struct list_head *next = follow(&task->thread_node);

	if (next && next != head)
		return list_entry(next, struct task_struct, thread_node);
	next = follow(&task->group_leader->tasks);
	if (!next || next == &init_task.tasks)
		return NULL;
	return list_entry(next, struct task_struct, tasks);
}

static void describe_task(struct rsp_thread *thread, struct task_struct *task)
{
	const char *how;

	switch (task_state_to_char(task)) {
	case 'R':
		how = "waits for a CPU";
		break;
	case 'S':
		how = "sleeps";
		break;
	case 'D':
		how = "sleeps, uninterruptible";
		break;
	case 'T':
		how = "stopped";
		break;
	case 't':
		how = "traced";
		break;
	case 'I':
		how = "idle";
		break;
	case 'Z':
		how = "zombie";
		break;
	case 'X':
		how = "dead";
		break;
	default:
		how = "parked";
	}
	thread->tid = OWN_TASK_TID + task->pid;
	thread->cpu = task_cpu(task);
	snprintf(thread->name, sizeof(thread->name), "%.*s", TASK_COMM_LEN, task->comm);
	snprintf(thread->state, sizeof(thread->state), "pid %d %s", task->pid, how);
}

static void describe_cpu(struct rsp_thread *thread, int id)
{
	struct own_cpu *cpu = &per_cpu(own_cpus, id);

	thread->tid = id + 1;
	thread->cpu = id;
	snprintf(thread->name, sizeof(thread->name), "shadowCPU%d", id);
	if (cpu->regs)
		snprintf(thread->state, sizeof(thread->state), "%.*s pid %d%s", TASK_COMM_LEN,
			 cpu->task->comm, cpu->task->pid,
			 user_mode(cpu->regs) ? " in user space" : "");
	else
		snprintf(thread->state, sizeof(thread->state), "lost: did not stop");
}

/**
 * own_thread_find - a thread by its number
 * @tid: the number
 * @thread: for what is known of it
 *
 * Return: whether there is one.
 */
bool own_thread_find(u64 tid, struct rsp_thread *thread)
{
	struct task_struct *task;

	if (own_thread_cpu(tid)) {
		describe_cpu(thread, tid - 1);
		return true;
	}
	task = own_task(tid);
	if (!task)
		return false;
	describe_task(thread, task);
	return true;
}

/**
 * own_thread_next - the thread after another
 * @thread: that one, by its number, 0 for the first; then the next
 *
 * Return: whether there is one more.
 */
bool own_thread_next(struct rsp_thread *thread)
{
	struct task_struct *task = &init_task;
	unsigned int n;

	if (thread->tid < nr_cpu_ids) {
		int id = cpumask_next((int)thread->tid - 1, cpu_online_mask);

		if (id < nr_cpu_ids) {
			describe_cpu(thread, id);
			return true;
		}
	} else if (thread->tid > OWN_TASK_TID) {
		task = pid_task(find_pid_ns(thread->tid - OWN_TASK_TID, &init_pid_ns),
				PIDTYPE_PID);
		if (!task)
			return false;
	}
	for (n = 0; n < WALK_MAX; n++) {
		task = task_after(task);
		if (!task)
			return false;
		if (task->pid && !is_on_cpu(task))
			break;
	}
	describe_task(thread, task);
	return true;
}

/**
 * own_task_register - a register of a task that was switched out
 * @task: the task
 * @number: the register
 * @value: for its value
 *
 * Return: false when the switch did not keep it.
 */
bool own_task_register(struct task_struct *task, unsigned int number, u64 *value)
{
	unsigned long sp = READ_ONCE(task->thread.sp);
	struct inactive_task_frame frame;

	if (copy_from_kernel_nofault(&frame, (void *)sp, sizeof(frame)))
		return false;
	switch (number) {
	case X86_RIP:
		*value = frame.ret_addr;
		return true;
	case X86_RSP:
		*value = sp + sizeof(frame);
		return true;
	case X86_RBP:
		*value = frame.bp;
		return true;
	case X86_RBX:
		*value = frame.bx;
		return true;
	case X86_R12:
		*value = frame.r12;
		return true;
	case X86_R13:
		*value = frame.r13;
		return true;
	case X86_R14:
		*value = frame.r14;
		return true;
	case X86_R15:
		*value = frame.r15;
		return true;
	case X86_FS_BASE:
		*value = task->thread.fsbase;
		return true;
	case X86_GS_BASE:
		*value = per_cpu_offset(task_cpu(task));
		return true;
	case X86_CS:
		*value = __KERNEL_CS;
		return true;
	case X86_SS:
		*value = __KERNEL_DS;
		return true;
	case X86_EFLAGS:
		*value = X86_EFLAGS_FIXED;
		return true;
	}
	return false;
}
