// SPDX-License-Identifier: GPL-2.0
/*
 * A port in the hands of a debugger. While it is claimed its queues are taken
 * from the slot (slot->rx.vq and slot->tx.vq are NULL, as for a device that is
 * not there), so nothing else in this module touches their rings, and whoever
 * stops all CPUs may use them without a lock. The receive callback only looks.
 *
 * Claim, release, unplug and sleep change hands in process context: @live is
 * the last thing set and the first thing cleared, so a debugger that stops a
 * CPU in the middle of that finds a mute port.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/rcupdate.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "../compat/irq_work.h"
#include "polled.h"
#include "rx.h"
#include "tx.h"

#define POLLED_RX_BUFFERS 64
#define POLLED_TX_BUFFERS 8
#define POLLED_TX_SIZE (16u << 10)
#define PATIENCE_US 300000	/* for a host that takes nothing */
#define POLL_STEP_US 2

struct vcon_polled {
	struct vcon_port *port;	/* holds a reference */
	struct vcon_control_msg *closing;
	bool live;		/* the queues are ours */
	struct virtqueue *rx_vq;
	struct virtqueue *tx_vq;
	vcon_polled_input_fn input;
	void *input_data;
	struct irq_work look;	/* at what has come while the kernel stood */
	/* for the debugger, while live */
	struct vcon_rxbuf *reading;
	u16 taken;		/* receive buffers taken from the ring, ever */
	unsigned int posted;
	unsigned int unkicked;	/* receive buffers the host has not been told of */
	struct vcon_txbuf *filling;
	struct list_head spare;
	unsigned int flights;
	unsigned int queued;	/* bytes in them */
	bool stalled;		/* the last put waited in vain */
};

/* ---- looking into a ring without changing it ---- */

static bool can_look(struct virtio_device *vdev)
{
	return !virtio_has_feature(vdev, VIRTIO_F_RING_PACKED) &&
	       !virtio_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM);
}

/* How many buffers the device has used, ever. */
static u16 ring_used(struct virtqueue *vq)
{
	return virtio16_to_cpu(vq->vdev, READ_ONCE(virtqueue_get_vring(vq)->used->idx));
}

/* The buffer with the number @seen, one that the device has used; or NULL. */
static const u8 *ring_look(struct virtqueue *vq, u16 seen, u32 *len)
{
	const struct vring *vring = virtqueue_get_vring(vq);
	const struct vring_used_elem *elem = &vring->used->ring[seen & (vring->num - 1)];
	struct virtio_device *vdev = vq->vdev;
	u32 id;

	virtio_rmb(true);
	id = virtio32_to_cpu(vdev, elem->id);
	if (id >= vring->num)
		return NULL;
	*len = min(virtio32_to_cpu(vdev, elem->len), virtio32_to_cpu(vdev, vring->desc[id].len));
	return phys_to_virt(virtio64_to_cpu(vdev, vring->desc[id].addr));
}

/*
 * What was only looked at stays in the ring, and the device calls once for it:
 * with event indexes it has to be asked to call for what comes behind.
 */
static void ring_ask(struct virtqueue *vq, u16 seen)
{
	const struct vring *vring = virtqueue_get_vring(vq);

	if (virtio_has_feature(vq->vdev, VIRTIO_RING_F_EVENT_IDX))
		virtio_store_mb(true, &vring_used_event(vring),
				cpu_to_virtio16(vq->vdev, seen));
}

/**
 * vcon_polled_arrived - the host has filled something for a claimed port
 * @slot: the slot whose receive queue called
 *
 * The kernel may be stopped between any two instructions, and the debugger takes
 * then what is looked for here; so what the device has used is read before what
 * was taken of it. In the other order a packet that was answered long ago would
 * be seen as new.
 *
 * Context: interrupt, under rcu_read_lock(), without the queue's lock.
 */
void vcon_polled_arrived(struct vcon_slot *slot)
{
	struct vcon_polled *polled = rcu_dereference(slot->polled);
	vcon_polled_input_fn input;
	bool asked = false;
	u16 used, taken, seen;
	const u8 *bytes;
	u32 len;

	if (!polled)
		return;
	seen = READ_ONCE(polled->taken);
	for (;;) {
		input = READ_ONCE(polled->input);
		if (!READ_ONCE(polled->live) || !input)
			return;
		used = ring_used(polled->rx_vq);
		smp_rmb();	/* with what stops this CPU: it takes after that */
		taken = READ_ONCE(polled->taken);
		if ((s16)(taken - seen) > 0)
			seen = taken;
		if ((s16)(used - seen) > 0) {
			bytes = ring_look(polled->rx_vq, seen++, &len);
			if (bytes)
				input(polled->input_data, bytes, len);
			asked = false;
		} else if (!asked) {
			ring_ask(polled->rx_vq, seen);
			asked = true;
		} else {
			return;
		}
	}
}

static void polled_look(struct irq_work *work)
{
	struct vcon_polled *polled = container_of(work, struct vcon_polled, look);

	rcu_read_lock();
	vcon_polled_arrived(polled->port->slot);
	rcu_read_unlock();
}

/* ---- for the debugger ---- */

static void polled_post(struct vcon_polled *polled, struct vcon_rxbuf *buf)
{
	struct scatterlist sg;

	sg_init_table(&sg, 1);
	sg_set_page(&sg, buf->page, PAGE_SIZE, 0);
	/* As many were there before: it fits. */
	if (!virtqueue_add_inbuf(polled->rx_vq, &sg, 1, buf, GFP_ATOMIC)) {
		polled->posted++;
		polled->unkicked++;
	}
}

/* The host is told of empty buffers when it may run out of them. */
static void polled_tell_room(struct vcon_polled *polled)
{
	if (polled->posted - min(polled->unkicked, polled->posted) > POLLED_RX_BUFFERS / 2)
		return;
	polled->unkicked = 0;
	virtqueue_kick(polled->rx_vq);
}

static bool polled_next(struct vcon_polled *polled)
{
	struct vcon_rxbuf *buf;
	unsigned int len;

	buf = virtqueue_get_buf(polled->rx_vq, &len);
	if (!buf)
		return false;
	WRITE_ONCE(polled->taken, polled->taken + 1);
	polled->posted--;
	buf->off = 0;
	buf->len = min_t(unsigned int, len, PAGE_SIZE);
	polled->port->stats.bytes_received += buf->len;
	polled->reading = buf;
	return true;
}

static size_t polled_get(struct vcon_polled *polled, u8 *bytes, size_t len)
{
	size_t done = 0, n;

	if (!READ_ONCE(polled->live))
		return 0;
	while (done < len && (polled->reading || polled_next(polled))) {
		struct vcon_rxbuf *buf = polled->reading;

		n = min_t(size_t, len - done, buf->len - buf->off);
		memcpy(bytes + done, page_address(buf->page) + buf->off, n);
		buf->off += n;
		done += n;
		if (buf->off == buf->len) {
			polled->reading = NULL;
			polled_post(polled, buf);
			polled_tell_room(polled);
		}
	}
	return done;
}

static void polled_submit(struct vcon_polled *polled)
{
	struct vcon_txbuf *buf = polled->filling;
	struct scatterlist sg;

	if (!buf || !buf->len)
		return;
	sg_init_one(&sg, buf->data, buf->len);
	if (virtqueue_add_outbuf(polled->tx_vq, &sg, 1, buf, GFP_ATOMIC))
		return;
	polled->filling = NULL;
	buf->visit = polled->port->slot->tx.visit;
	polled->flights++;
	polled->queued += buf->len;
}

static void polled_reclaim(struct vcon_polled *polled)
{
	struct vcon_txbuf *buf;
	unsigned int len;

	while ((buf = virtqueue_get_buf(polled->tx_vq, &len))) {
		if (buf->visit == polled->port->slot->tx.visit) {
			polled->flights--;
			polled->queued -= buf->len;
		}
		polled->stalled = false;
		buf->len = 0;
		list_add(&buf->node, &polled->spare);
	}
}

/* An empty buffer to fill, waiting a bounded time for the host to give one back. */
static bool polled_room(struct vcon_polled *polled)
{
	unsigned int waited = 0;

	if (polled->filling)
		return true;
	polled_reclaim(polled);
	while (list_empty(&polled->spare)) {
		if (!waited)
			virtqueue_notify(polled->tx_vq);
		if (polled->stalled || waited >= PATIENCE_US) {
			polled->stalled = true;
			return false;
		}
		udelay(POLL_STEP_US);
		waited += POLL_STEP_US;
		polled_reclaim(polled);
	}
	polled->filling = list_first_entry(&polled->spare, struct vcon_txbuf, node);
	list_del(&polled->filling->node);
	return true;
}

static size_t polled_put(struct vcon_polled *polled, const u8 *bytes, size_t len)
{
	size_t done = 0, n;

	if (!READ_ONCE(polled->live))
		return 0;
	while (done < len && polled_room(polled)) {
		struct vcon_txbuf *buf = polled->filling;

		n = min_t(size_t, len - done, buf->size - buf->len);
		memcpy(buf->data + buf->len, bytes + done, n);
		buf->len += n;
		done += n;
		if (buf->len == buf->size)
			polled_submit(polled);
		if (polled->filling == buf && buf->len == buf->size)
			break;
	}
	polled->port->stats.bytes_sent += done;
	return done;
}

static void polled_kick(struct vcon_polled *polled)
{
	if (!READ_ONCE(polled->live))
		return;
	polled_submit(polled);
	if (virtqueue_kick(polled->tx_vq))
		polled->port->stats.tx_kicks++;
	polled_reclaim(polled);
}

/*
 * While the CPUs are stopped nobody handles what the host says of its end: it is
 * looked up among the control messages that wait.
 */
static bool polled_host_connected(struct vcon_polled *polled)
{
	struct vcon_port *port = polled->port;
	struct vcon_device *dev = port->slot->dev;
	bool connected = READ_ONCE(port->host_connected);
	struct vcon_message msg;
	const u8 *bytes;
	u16 seen, used;
	u32 len;

	if (!READ_ONCE(polled->live))
		return false;
	if (!dev->ctl.ivq || !can_look(dev->vdev))
		return connected;
	used = ring_used(dev->ctl.ivq);
	for (seen = READ_ONCE(dev->ctl.taken); (s16)(used - seen) > 0; seen++) {
		bytes = ring_look(dev->ctl.ivq, seen, &len);
		if (bytes &&
		    vcon_control_parse(bytes, len, virtio_is_little_endian(dev->vdev), &msg) &&
		    msg.id == port->slot->id && msg.event == VIRTIO_CONSOLE_PORT_OPEN)
			connected = msg.value;
	}
	return connected;
}

/*
 * A callback that was made and not taken leaves the queue as if it were off
 * already: enabled first, it can be switched off.
 */
static void polled_hush(struct vcon_polled *polled, bool stands)
{
	if (!READ_ONCE(polled->live))
		return;
	if (stands) {
		virtqueue_enable_cb_prepare(polled->rx_vq);
		virtqueue_disable_cb(polled->rx_vq);
	} else if (!virtqueue_enable_cb(polled->rx_vq)) {
		irq_work_queue(&polled->look);
	}
}

/* ---- changing hands ---- */

/* Takes the queues from the slot, whose receive buffers are posted. */
static int take_queues(struct vcon_polled *polled)
{
	struct vcon_slot *slot = polled->port->slot;
	int err = -EAGAIN;

	spin_lock_irq(&slot->tx.lock);
	spin_lock(&slot->rx.lock);
	if (slot->tx.vq)
		vcon_tx_push(slot, polled->port);
	if (!slot->rx.vq || !slot->tx.vq) {
		err = -ENODEV;
	} else if (!slot->tx.flights) {
		err = 0;
		polled->rx_vq = slot->rx.vq;
		polled->tx_vq = slot->tx.vq;
		polled->posted = slot->rx.posted;
		polled->unkicked = 0;
		polled->flights = 0;
		polled->queued = 0;
		polled->stalled = false;
		slot->rx.vq = NULL;
		slot->tx.vq = NULL;
		virtqueue_disable_cb(polled->tx_vq);
		polled->taken = virtqueue_enable_cb_prepare(polled->rx_vq);
		rcu_assign_pointer(slot->polled, polled);
		smp_store_release(&polled->live, true);
	}
	spin_unlock(&slot->rx.lock);
	spin_unlock_irq(&slot->tx.lock);
	return err;
}

/**
 * vcon_polled_give_back - a claimed port's queues become the slot's again
 * @slot: the slot; nothing happens if its port is not claimed
 *
 * For release, and before an unplug or a sleep takes the queues away.
 *
 * Context: process.
 */
void vcon_polled_give_back(struct vcon_slot *slot)
{
	struct vcon_polled *polled;

	spin_lock_irq(&slot->tx.lock);
	spin_lock(&slot->rx.lock);
	polled = rcu_dereference_protected(slot->polled, lockdep_is_held(&slot->rx.lock));
	if (polled && polled->live) {
		WRITE_ONCE(polled->live, false);
		slot->rx.vq = polled->rx_vq;
		slot->tx.vq = polled->tx_vq;
		slot->rx.posted = polled->posted;
		slot->tx.flights = polled->flights;
		slot->tx.queued = polled->queued;
		if (polled->reading)
			vcon_rx_spend(&slot->rx, polled->reading);
		polled->reading = NULL;
	}
	rcu_assign_pointer(slot->polled, NULL);
	spin_unlock(&slot->rx.lock);
	spin_unlock_irq(&slot->tx.lock);
}

/**
 * vcon_polled_restore - a claimed port's device is there again
 * @port: the port, its receive buffers posted; nothing happens if it is not
 *	claimed
 *
 * Context: process.
 */
void vcon_polled_restore(struct vcon_port *port)
{
	if (port->polled && take_queues(port->polled))
		dev_err(&port->dev, "lost to the debugger that had it\n");
}

static void free_buffers(struct vcon_polled *polled)
{
	struct vcon_txbuf *buf, *next;

	list_for_each_entry_safe(buf, next, &polled->spare, node)
		vcon_txbuf_free(buf);
	vcon_txbuf_free(polled->filling);
}

static int alloc_buffers(struct vcon_polled *polled)
{
	unsigned int i;

	for (i = 0; i < POLLED_TX_BUFFERS; i++) {
		struct vcon_txbuf *buf = vcon_txbuf_alloc(POLLED_TX_SIZE, GFP_KERNEL);

		if (!buf)
			break;
		list_add(&buf->node, &polled->spare);
	}
	return i ? 0 : -ENOMEM;
}

/* As an open from user space, but the queues go to @polled. */
static int claim_port(struct vcon_polled *polled, struct vcon_port *port)
{
	struct vcon_control_msg *pair[2];
	int err;

	if (port->gone)
		return -ENODEV;
	if (port->is_console)
		return -ENXIO;
	if (port->guest_connected)
		return -EBUSY;
	err = vcon_control_reserve_open(port, pair);
	if (err)
		return err;
	err = vcon_rx_start(port->slot, POLLED_RX_BUFFERS);
	if (!err) {
		err = take_queues(polled);
		if (err)
			vcon_rx_stop(port->slot);
	}
	if (err) {
		kfree(pair[0]);
		kfree(pair[1]);
		return err;
	}
	port->guest_connected = true;
	port->polled = polled;
	polled->closing = pair[1];
	vcon_control_send(port->slot->dev, pair[0]);
	return 0;
}

static struct vcon_polled *polled_claim(const char *name)
{
	struct vcon_port *port = vcon_port_find(name);
	struct vcon_polled *polled;
	int err;

	if (!port)
		return ERR_PTR(-ENODEV);
	err = -ENOMEM;
	polled = kzalloc(sizeof(*polled), GFP_KERNEL);
	if (!polled)
		goto put;
	INIT_LIST_HEAD(&polled->spare);
	polled->look = IRQ_WORK_INIT_HARD(polled_look);
	polled->port = port;
	err = alloc_buffers(polled);
	if (!err) {
		mutex_lock(&port->open_mutex);
		err = claim_port(polled, port);
		mutex_unlock(&port->open_mutex);
	}
	if (!err)
		return polled;
	free_buffers(polled);
	kfree(polled);
put:
	vcon_port_put(port);
	return ERR_PTR(err);
}

static void polled_release(struct vcon_polled *polled)
{
	struct vcon_port *port = polled->port;
	struct vcon_slot *slot = port->slot;

	mutex_lock(&port->open_mutex);
	port->polled = NULL;
	if (port->gone) {
		kfree(polled->closing);
	} else {
		vcon_polled_give_back(slot);
		port->guest_connected = false;
		vcon_rx_stop(slot);
		vcon_tx_release(port);
		vcon_control_send(slot->dev, polled->closing);
	}
	mutex_unlock(&port->open_mutex);
	synchronize_rcu();
	irq_work_sync(&polled->look);
	free_buffers(polled);
	kfree(polled);
	vcon_port_put(port);
}

static int polled_watch(struct vcon_polled *polled, vcon_polled_input_fn input, void *data)
{
	if (input && !can_look(polled->port->slot->dev->vdev))
		return -EOPNOTSUPP;
	polled->input_data = data;
	smp_store_release(&polled->input, input);
	if (!input)
		synchronize_rcu();
	return 0;
}

const struct vcon_polled_api vcon_polled_api = {
	.claim = polled_claim,
	.release = polled_release,
	.watch = polled_watch,
	.get = polled_get,
	.put = polled_put,
	.kick = polled_kick,
	.hush = polled_hush,
	.host_connected = polled_host_connected,
};
EXPORT_SYMBOL_GPL(vcon_polled_api);
