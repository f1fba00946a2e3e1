/* virtqueue_resize() came in 6.0 with three arguments. */
#include <linux/virtio.h>

int probe(struct virtqueue *vq, void (*recycle)(struct virtqueue *vq, void *buf));
int probe(struct virtqueue *vq, void (*recycle)(struct virtqueue *vq, void *buf))
{
	return virtqueue_resize(vq, 64, recycle);
}
