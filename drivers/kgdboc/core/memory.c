// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's memory, read with faults caught and written through a window:
 * one page of ours whose page table entry is pointed at the page to be changed.
 * So read-only code and data change without a lock, an allocation or a change
 * of any other mapping, whatever the stopped CPUs were in the middle of.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

#include "own.h"

static struct page *page;	/* what the window shows when it is closed */
static void *window;
static pte_t *window_entry;
static pte_t closed;

static void window_set(pte_t entry)
{
	native_set_pte(window_entry, entry);
	asm volatile("invlpg (%0)" : : "r" (window) : "memory");
}

/* What an address is mapped by, as an entry for a page of the smallest size. */
static bool mapping(unsigned long address, pte_t *out)
{
	unsigned int level;
	pte_t *entry = lookup_address(address, &level);
	unsigned long pfn;
	pgprot_t prot;

	if (!entry || !pte_present(*entry))
		return false;
	pfn = pte_pfn(*entry);
	prot = pte_pgprot(*entry);
	switch (level) {
	case PG_LEVEL_4K:
		break;
	case PG_LEVEL_2M:
		pfn = pmd_pfn(*(pmd_t *)entry) + ((address & ~PMD_MASK) >> PAGE_SHIFT);
		prot = pgprot_large_2_4k(pmd_pgprot(*(pmd_t *)entry));
		break;
	case PG_LEVEL_1G:
		pfn = pud_pfn(*(pud_t *)entry) + ((address & ~PUD_MASK) >> PAGE_SHIFT);
		prot = pgprot_large_2_4k(pud_pgprot(*(pud_t *)entry));
		break;
	default:
		return false;
	}
	*out = pfn_pte(pfn, prot);
	return true;
}

/* One in the middle, where no page can be, is an exception of another kind to touch. */
static bool is_kernel_address(unsigned long address)
{
	return (long)address >> __VIRTUAL_MASK_SHIFT == -1;
}

static size_t within_page(unsigned long address, size_t len)
{
	return min_t(size_t, len, PAGE_SIZE - offset_in_page(address));
}

/* The bytes of one page. */
static bool write_page(unsigned long address, const u8 *buf, size_t len)
{
	volatile u8 *at = window + offset_in_page(address);
	pte_t entry;
	size_t i;

	if (!is_kernel_address(address) || !mapping(address, &entry))
		return false;
	entry = pte_set_flags(entry, _PAGE_RW | _PAGE_DIRTY | _PAGE_ACCESSED);
	window_set(pte_clear_flags(entry, _PAGE_GLOBAL));
	for (i = 0; i < len; i++)
		at[i] = buf[i];
	window_set(closed);
	return true;
}

/**
 * own_memory_is_code - can an address be executed in kernel mode
 * @address: the address
 *
 * Context: any.
 * Return: whether it is mapped as code.
 */
bool own_memory_is_code(unsigned long address)
{
	unsigned int level;
	pte_t *entry;

	if (!is_kernel_address(address))
		return false;
	entry = lookup_address(address, &level);
	return entry && pte_present(*entry) && !(pte_flags(*entry) & _PAGE_NX);
}

/**
 * own_memory_read_raw - read memory as it is, breakpoints and all
 * @address: where
 * @buf: for the bytes
 * @len: how many
 *
 * Context: any.
 * Return: how many could be read before the first that cannot.
 */
size_t own_memory_read_raw(unsigned long address, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t n = within_page(address + done, len - done);

		if (!is_kernel_address(address + done) ||
		    copy_from_kernel_nofault(buf + done, (void *)(address + done), n))
			break;
		done += n;
	}
	return done;
}

/**
 * own_memory_read - read memory as gdb should see it
 * @address: where
 * @buf: for the bytes
 * @len: how many
 *
 * Return: how many could be read before the first that cannot.
 */
size_t own_memory_read(u64 address, u8 *buf, size_t len)
{
	len = own_memory_read_raw(address, buf, len);
	own_text_mask(address, buf, len);
	return len;
}

/**
 * own_memory_write - change memory
 * @address: where
 * @buf: the bytes
 * @len: how many
 *
 * Bytes that breakpoints stand on are changed below them.
 *
 * Return: how many were written before the first that cannot be.
 */
size_t own_memory_write(u64 address, const u8 *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t plain = own_text_absorb(address + done, buf + done, len - done);
		size_t n = within_page(address + done, plain);

		if (!plain) {
			done++;
			continue;
		}
		if (!write_page(address + done, buf + done, n))
			break;
		done += n;
	}
	return done;
}

/**
 * own_memory_poke - change one byte of code
 * @address: where
 * @byte: the byte
 *
 * Return: false when nothing is mapped there.
 */
bool own_memory_poke(unsigned long address, u8 byte)
{
	return write_page(address, &byte, 1);
}

/**
 * own_memory_init - make the window
 *
 * Context: process, sleeps.
 * Return: 0 or an error.
 */
int own_memory_init(void)
{
	unsigned int level;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	window = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	if (!window)
		goto no_window;
	*(u8 *)window = 0;
	window_entry = lookup_address((unsigned long)window, &level);
	if (!window_entry || level != PG_LEVEL_4K)
		goto no_entry;
	closed = *window_entry;
	return 0;
no_entry:
	vunmap(window);
no_window:
	__free_page(page);
	page = NULL;
	return -ENOMEM;
}

/**
 * own_memory_exit - give the window back
 *
 * Context: process, sleeps.
 */
void own_memory_exit(void)
{
	if (!page)
		return;
	vunmap(window);
	__free_page(page);
	page = NULL;
}
