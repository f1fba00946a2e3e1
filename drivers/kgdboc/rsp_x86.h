/* SPDX-License-Identifier: GPL-2.0 */
/* The numbers of x86-64's registers in the table of rsp_x86.c. */
#ifndef KGDBOC_RSP_X86_H
#define KGDBOC_RSP_X86_H

#include "rsp.h"

enum x86_register {
	X86_RAX, X86_RBX, X86_RCX, X86_RDX, X86_RSI, X86_RDI, X86_RBP, X86_RSP,
	X86_R8, X86_R9, X86_R10, X86_R11, X86_R12, X86_R13, X86_R14, X86_R15,
	X86_RIP, X86_EFLAGS,
	X86_CS, X86_SS, X86_DS, X86_ES, X86_FS, X86_GS,
	X86_FS_BASE, X86_GS_BASE, X86_ORIG_RAX,
	X86_KERNEL_GS_BASE, X86_CR0, X86_CR2, X86_CR3, X86_CR4, X86_EFER,
	X86_ST0,
};

#endif
