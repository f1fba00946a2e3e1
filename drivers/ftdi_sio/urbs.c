// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of equal bulk URBs with a buffer each. What is done with them is in
 * rx.c, tx.c and console.c.
 */
#include <linux/slab.h>

#include "ftdi_sio.h"

static int fill(struct ftdi_port *fp, struct ftdi_urb *item, unsigned int pipe, unsigned int size,
		usb_complete_t complete)
{
	item->fp = fp;
	item->size = size;
	item->urb = usb_alloc_urb(0, GFP_KERNEL);
	item->data = kmalloc(size, GFP_KERNEL);
	if (!item->urb || !item->data)
		return -ENOMEM;
	usb_fill_bulk_urb(item->urb, fp->udev, pipe, item->data, size, complete, item);
	return 0;
}

/**
 * ftdi_urbs_alloc - make a set of URBs
 * @fp: the port
 * @nr: how many
 * @pipe: their endpoint
 * @size: bytes of each buffer
 * @complete: their callback; urb->context is the struct ftdi_urb
 * @list: where they all go
 *
 * Context: process, may sleep.
 * Return: the set, or NULL without memory.
 */
struct ftdi_urb *ftdi_urbs_alloc(struct ftdi_port *fp, unsigned int nr, unsigned int pipe,
				 unsigned int size, usb_complete_t complete,
				 struct list_head *list)
{
	struct ftdi_urb *urbs = kcalloc(nr, sizeof(*urbs), GFP_KERNEL);
	unsigned int i;

	if (!urbs)
		return NULL;
	for (i = 0; i < nr; i++) {
		if (fill(fp, &urbs[i], pipe, size, complete)) {
			ftdi_urbs_free(urbs, nr);
			INIT_LIST_HEAD(list);
			return NULL;
		}
		list_add_tail(&urbs[i].node, list);
	}
	return urbs;
}

/**
 * ftdi_urbs_free - free a set of URBs
 * @urbs: the set, none of it in flight; or NULL
 * @nr: how many
 *
 * Context: process.
 */
void ftdi_urbs_free(struct ftdi_urb *urbs, unsigned int nr)
{
	unsigned int i;

	if (!urbs)
		return;
	for (i = 0; i < nr; i++) {
		usb_free_urb(urbs[i].urb);
		kfree(urbs[i].data);
	}
	kfree(urbs);
}
