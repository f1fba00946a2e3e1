/* virtqueue_reset() got a recycle_done callback in 6.13 (and 6.12.y). */
#include <linux/virtio.h>

int probe(struct virtqueue *vq, void (*recycle)(struct virtqueue *vq, void *buf));
int probe(struct virtqueue *vq, void (*recycle)(struct virtqueue *vq, void *buf))
{
	return virtqueue_reset(vq, recycle, NULL);
}
