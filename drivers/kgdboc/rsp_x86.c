// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of x86-64 as gdb is told of them. Their order is their number
 * in packets and agent expressions; enum x86_register names the numbers.
 */
#include "rsp_x86.h"

enum feature {
	CORE,
	SEGMENTS,
	LINUX,
	CONTROL,
};

static const char *const features[] = {
	[CORE] = "org.gnu.gdb.i386.core",
	[SEGMENTS] = "org.gnu.gdb.i386.segments",
	[LINUX] = "org.gnu.gdb.i386.linux",
	[CONTROL] = "org.portside.x86.control",
	NULL,
};

#define GENERAL(n)	{ n, "int64", 8, CORE, true }
#define SELECTOR(n)	{ n, "int32", 4, CORE, true }
#define FPU(n)		{ n, "i387_ext", 10, CORE, false }
#define FPU_CONTROL(n)	{ n, "int", 4, CORE, false }
#define CONTROL_REG(n)	{ n, "int64", 8, CONTROL, true }

static const struct rsp_register registers[] = {
	GENERAL("rax"), GENERAL("rbx"), GENERAL("rcx"), GENERAL("rdx"),
	GENERAL("rsi"), GENERAL("rdi"),
	{ "rbp", "data_ptr", 8, CORE, true }, { "rsp", "data_ptr", 8, CORE, true },
	GENERAL("r8"), GENERAL("r9"), GENERAL("r10"), GENERAL("r11"),
	GENERAL("r12"), GENERAL("r13"), GENERAL("r14"), GENERAL("r15"),
	{ "rip", "code_ptr", 8, CORE, true }, { "eflags", "int32", 4, CORE, true },
	SELECTOR("cs"), SELECTOR("ss"), SELECTOR("ds"), SELECTOR("es"),
	SELECTOR("fs"), SELECTOR("gs"),
	{ "fs_base", "int", 8, SEGMENTS, true }, { "gs_base", "int", 8, SEGMENTS, true },
	{ "orig_rax", "int", 8, LINUX, true },
	CONTROL_REG("k_gs_base"), CONTROL_REG("cr0"), CONTROL_REG("cr2"), CONTROL_REG("cr3"),
	CONTROL_REG("cr4"), CONTROL_REG("efer"),
	/* The kernel does not use them; gdb insists that they exist. */
	FPU("st0"), FPU("st1"), FPU("st2"), FPU("st3"),
	FPU("st4"), FPU("st5"), FPU("st6"), FPU("st7"),
	FPU_CONTROL("fctrl"), FPU_CONTROL("fstat"), FPU_CONTROL("ftag"), FPU_CONTROL("fiseg"),
	FPU_CONTROL("fioff"), FPU_CONTROL("foseg"), FPU_CONTROL("fooff"), FPU_CONTROL("fop"),
};

static const u8 expedited[] = { X86_RBP, X86_RSP, X86_RIP, X86_EFLAGS };

const struct rsp_arch rsp_x86_64 = {
	.registers = registers,
	.nr_registers = sizeof(registers) / sizeof(registers[0]),
	.features = features,
	.architecture = "i386:x86-64",
	.expedited = expedited,
	.nr_expedited = sizeof(expedited),
};
