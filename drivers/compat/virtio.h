/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtio API of the newest kernel on older ones: finding queues by
 * struct virtqueue_info, resetting a device, taking buffers back from one queue.
 */
#ifndef PORTSIDE_COMPAT_VIRTIO_H
#define PORTSIDE_COMPAT_VIRTIO_H

#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "compat_probed.h"

#ifndef HAVE_VIRTIO_RESET_DEVICE
static inline void virtio_reset_device(struct virtio_device *vdev)
{
	vdev->config->reset(vdev);
}
#endif

#ifndef HAVE_VIRTQUEUE_INFO
struct virtqueue_info {
	const char *name;
	vq_callback_t *callback;
	bool ctx;
};

static inline int compat_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
				  struct virtqueue *vqs[], struct virtqueue_info info[],
				  struct irq_affinity *desc)
{
	vq_callback_t **callbacks = kvcalloc(nvqs, sizeof(*callbacks), GFP_KERNEL);
	const char **names = kvcalloc(nvqs, sizeof(*names), GFP_KERNEL);
	unsigned int i;
	int err = -ENOMEM;

	if (callbacks && names) {
		for (i = 0; i < nvqs; i++) {
			callbacks[i] = info[i].callback;
			names[i] = info[i].name;
		}
		err = virtio_find_vqs(vdev, nvqs, vqs, callbacks,
				      (const char *const *)names, desc);
	}
	kvfree(names);
	kvfree(callbacks);
	return err;
}
#define virtio_find_vqs compat_find_vqs
#endif

/**
 * compat_virtqueue_take_back - take every buffer back from one live queue
 * @vq: the queue; nobody else may use it, or reset another of the device, meanwhile: the
 *	transport selects the queue in one register and looks at another then
 * @recycle: called for each buffer that the device had not used
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT or -EOPNOTSUPP where this kernel, transport or device
 * cannot (the queue is as before); another error when the queue is unusable.
 */
static inline int compat_virtqueue_take_back(struct virtqueue *vq,
					     void (*recycle)(struct virtqueue *vq, void *buf))
{
#if defined(HAVE_VIRTQUEUE_RESET_THREE_ARGS)
	return virtqueue_reset(vq, recycle, NULL);
#elif defined(HAVE_VIRTQUEUE_RESET_TWO_ARGS)
	return virtqueue_reset(vq, recycle);
#elif defined(HAVE_VIRTQUEUE_RESIZE_THREE_ARGS)
	/* A resize to the same size does nothing, so alternate between two. */
	u32 now = virtqueue_get_vring_size(vq);
	u32 half = vq->num_max / 2;

	if (!half)
		return -EOPNOTSUPP;
	return virtqueue_resize(vq, now == half ? vq->num_max : half, recycle);
#else
	return -EOPNOTSUPP;
#endif
}

#endif
