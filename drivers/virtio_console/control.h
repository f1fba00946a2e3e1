/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of control messages share: controlq.c (queues and lists),
 * control.c (the worker and what messages mean), announce.c (finding what the
 * device has dropped).
 */
#ifndef VCON_CONTROL_H
#define VCON_CONTROL_H

#include "virtio_console.h"

#define CONTROL_BUF_SIZE 512	/* holds a header and a name of VCON_NAME_MAX */

struct vcon_control_buf {
	struct list_head node;
	u32 len;
	u8 data[CONTROL_BUF_SIZE] ____cacheline_aligned;
};

/* controlq.c */
unsigned int vcon_control_flood_limit(struct vcon_device *dev);
void vcon_control_refill(struct vcon_control *ctl, gfp_t gfp);
bool vcon_control_collect(struct vcon_device *dev);
void vcon_control_drain(struct vcon_device *dev);
void vcon_control_reap(struct vcon_control *ctl);
void vcon_control_flush(struct vcon_device *dev);
struct vcon_control_msg *vcon_control_msg_alloc(struct vcon_device *dev, u32 id, u16 event,
						u16 value);
void vcon_control_msg_free(struct vcon_control_msg *msg);

/* control.c */
struct vcon_port *vcon_control_find(struct vcon_device *dev, u32 id);

/* announce.c */
void vcon_announce(struct vcon_device *dev);
void vcon_announce_watch(struct vcon_device *dev);
void vcon_announce_check(struct vcon_device *dev);
void vcon_announce_answered(struct vcon_device *dev, u32 id);

#endif
