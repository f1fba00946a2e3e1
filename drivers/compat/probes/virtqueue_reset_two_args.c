/* virtqueue_reset() came in 6.6 with two arguments. */
#include <linux/virtio.h>

int probe(struct virtqueue *vq, void (*recycle)(struct virtqueue *vq, void *buf));
int probe(struct virtqueue *vq, void (*recycle)(struct virtqueue *vq, void *buf))
{
	return virtqueue_reset(vq, recycle);
}
