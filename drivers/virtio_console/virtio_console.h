/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of virtio_console share: a device, its slots (one pair of
 * queues for each port number), the ports in them, and who may call what.
 * The locks and the lifetimes are described at the top of port.c.
 */
#ifndef VIRTIO_CONSOLE_H
#define VIRTIO_CONSOLE_H

#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/tty.h>
#include <linux/uio.h>
#include <linux/virtio.h>
#include <linux/virtio_console.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "control_rules.h"

struct vcon_device;
struct vcon_polled;
struct vcon_port;

#define VCON_RESCUE_INTERVAL HZ	/* how often a waiter looks for itself */

/* One filled or posted receive buffer: a page. */
struct vcon_rxbuf {
	struct list_head node;
	struct page *page;
	u32 off;		/* bytes already read */
	u32 len;		/* bytes received */
};

/* The receiving side of a slot; everything below @lock is protected by it. */
struct vcon_rxq {
	struct mutex ring_mutex;	/* start and trim: who changes what is posted */
	struct delayed_work trim;
	bool cannot_trim;	/* the device or kernel does not give buffers back */
	bool no_trim;		/* not now: the device goes, sleeps or is reset */
	spinlock_t lock;
	struct virtqueue *vq;	/* NULL while there is no device behind it */
	struct list_head ready;	/* filled, in order of arrival */
	struct list_head spent;	/* read, to be posted again */
	unsigned int ready_bytes;
	unsigned int nr_spent;
	unsigned int posted;
	unsigned int target;	/* how many buffers a live queue has */
	bool live;		/* someone reads: keep the data instead of dropping it */
	bool signalled;		/* the callback is off until the reader has drained */
	unsigned int full_run;	/* buffers in a row that came full: a stream */
	unsigned int doze;	/* how often its reader's sleep has been doubled */
};

/* One transmit buffer: contiguous, since the host writes piece by piece. */
struct vcon_txbuf {
	struct list_head node;
	void *data;
	u32 size;
	u32 len;
	unsigned int visit;	/* vcon_txq.visit when it was submitted */
	bool pinned;		/* belongs to a console, never freed while it lives */
};

/* The transmitting side of a slot; everything below @lock is protected by it. */
struct vcon_txq {
	struct delayed_work watch;	/* for kicks that the host has missed */
	struct hrtimer hold;	/* when a stream's bytes go at the latest */
	spinlock_t lock;
	struct virtqueue *vq;	/* NULL while there is no device behind it */
	struct vcon_txbuf *open;	/* collects bytes while others are in flight */
	struct vcon_txbuf *filling;	/* @open, while a writer copies into it unlocked */
	struct list_head spare;
	unsigned int nr_spare;
	unsigned int flights;	/* buffers in the ring, but for those written off */
	unsigned int visit;	/* counts the host's visits that ended within a buffer */
	unsigned int landed;	/* buffers that came back, ever */
	unsigned int queued;	/* bytes accepted and not yet consumed */
	unsigned int landed_at_watch;
	unsigned int streak;	/* writes since one last found nothing in flight */
	bool held;		/* @hold is set: bytes collect until then */
	bool want_room;		/* someone waits for room */
	bool want_drain;	/* someone waits for everything consumed */
	bool stalled;		/* the host took nothing for a whole patience */
};

/* A port number of a device. Lives as long as the device structure. */
struct vcon_slot {
	struct vcon_device *dev;
	u32 id;
	struct vcon_port __rcu *port;	/* changed under both queue locks */
	struct vcon_polled __rcu *polled;	/* has the queues; likewise */
	struct vcon_rxq rx;
	struct vcon_txq tx;
};

struct vcon_stats {
	/* under rx.lock */
	unsigned long bytes_received;
	unsigned long bytes_discarded;
	unsigned long rx_interrupts;
	unsigned long rx_kicks;
	unsigned long rx_rescues;
	/* under tx.lock */
	unsigned long bytes_sent;
	unsigned long bytes_lost;
	unsigned long tx_interrupts;
	unsigned long tx_kicks;
	unsigned long tx_full;
	unsigned long tx_flights;
	unsigned long tx_rescues;
};

/* An hvc line on a port. */
struct vcon_console {
	spinlock_t lock;		/* protects @hvc against its removal */
	struct hvc_struct *hvc;
	u32 vtermno;
	int index;			/* of /dev/hvcN */
	struct winsize size;
};

struct vcon_port {
	struct device dev;
	struct cdev cdev;
	struct vcon_slot *slot;
	struct list_head node;		/* of the device's ports */
	struct rcu_head rcu;
	char *name;			/* NULL: the host gave none */
	bool registered;		/* node, sysfs and debugfs exist */
	bool is_console;
	bool gone;			/* written under both queue locks */
	bool host_connected;		/* written under both queue locks */
	bool guest_connected;		/* written under open_mutex */
	bool ready_queued;		/* a PORT_READY waits; owned by the control worker */
	bool heard_of;			/* announced since the device was last asked; likewise */
	bool open_told;			/* the host has said whether it is connected; likewise */
	bool lost_since_sync;		/* under tx.lock */
	struct vcon_polled *polled;	/* the debugger that has opened it; under open_mutex */
	struct mutex open_mutex;	/* open, release, unplug */
	struct mutex read_mutex;	/* one reader copies at a time */
	struct mutex write_mutex;	/* writes do not interleave */
	wait_queue_head_t rx_wait;
	wait_queue_head_t tx_wait;
	struct fasync_struct *fasync;
	struct vcon_console console;
	struct vcon_stats stats;
	struct dentry *debugfs;
};

/* A control message on its way to the host. */
struct vcon_control_msg {
	struct list_head node;
	struct vcon_port *port;		/* to be settled by the answer; holds a reference */
	u32 id;
	u16 event;
	struct virtio_console_control body;
};

struct vcon_control {
	spinlock_t lock;	/* protects the queues and the lists */
	struct virtqueue *ivq;	/* NULL while there is no device behind them */
	struct virtqueue *ovq;
	struct list_head staged;	/* received, not yet handled */
	struct list_head spare;		/* receive buffers without a place in the ring */
	unsigned int nr_staged;
	unsigned int nr_spare;
	unsigned int posted;
	u16 taken;		/* received messages taken from the ring, ever */
	bool exhausted;		/* the ring was seen empty: the host may have dropped messages */
	struct list_head outgoing;	/* to the host */
	struct list_head answered;	/* read by the host, not yet handled */
	unsigned int nr_outgoing;
	unsigned int ready_flights;	/* PORT_READY messages the host has not answered */
	bool starting;		/* the device knows nothing of ports that were there before */
	bool announce;		/* DEVICE_READY has to be sent (again) */
	bool announcing;	/* DEVICE_READY is with the host */
	bool announced;		/* the host has read it */
	unsigned int announce_tries;
	unsigned int ports_before;	/* known when DEVICE_READY was sent */
	bool lossy;		/* the device has dropped messages at least once */
	bool probing;		/* unknown ports are asked for one by one */
	u32 probe_next;
	unsigned int probe_silent;
	unsigned long window_start;	/* jiffies; of the flood limit */
	unsigned int window_count;
	struct delayed_work work;
};

struct vcon_device {
	struct kref ref;		/* the virtio driver and each port */
	struct rcu_head rcu;
	struct virtio_device *vdev;
	struct list_head node;		/* of all devices */
	dev_t devt;
	u32 max_ports;
	unsigned int nvqs;
	bool multiport;
	bool has_queues;	/* @vqs are found */
	struct virtqueue **vqs;
	struct list_head ports;		/* owned by the control worker */
	unsigned int nr_ports;
	struct vcon_control ctl;
	struct work_struct config_work;
	struct mutex reset_mutex;	/* one queue is reset at a time: they share a register */
	struct vcon_slot slots[];
};

/* module.c */
extern struct class *vcon_class;
extern struct workqueue_struct *vcon_wq;
void vcon_device_get(struct vcon_device *dev);
void vcon_device_put(struct vcon_device *dev);
extern bool vcon_resize_rows_first;
void vcon_for_each_port(void (*fn)(struct vcon_port *port));
struct vcon_port *vcon_first_port(bool (*match)(struct vcon_port *port, const void *data),
				  const void *data);

/* control.c */
void vcon_control_init(struct vcon_device *dev);
void vcon_control_start(struct vcon_device *dev);

/* controlq.c */
void vcon_control_stop(struct vcon_device *dev);
void vcon_control_purge(struct vcon_device *dev);
void vcon_control_in_callback(struct virtqueue *vq);
void vcon_control_out_callback(struct virtqueue *vq);
int vcon_control_reserve_open(struct vcon_port *port, struct vcon_control_msg *pair[2]);
void vcon_control_send(struct vcon_device *dev, struct vcon_control_msg *msg);
void vcon_control_forget(struct vcon_device *dev, u32 id);
int vcon_control_tell(struct vcon_device *dev, struct vcon_port *port, u32 id, u16 event,
		      u16 value);

/* port.c */
struct vcon_port *vcon_port_add(struct vcon_device *dev, u32 id);
int vcon_port_register(struct vcon_port *port);
void vcon_port_set_name(struct vcon_port *port, const u8 *bytes, size_t len);
void vcon_port_host_connected(struct vcon_port *port, bool connected);
void vcon_port_resume(struct vcon_port *port);
void vcon_port_unplug(struct vcon_port *port);
enum vcon_port_state vcon_port_state(struct vcon_port *port);

struct vcon_port *vcon_port_find(const char *name);

/* polled.c */
void vcon_polled_arrived(struct vcon_slot *slot);
void vcon_polled_give_back(struct vcon_slot *slot);
void vcon_polled_restore(struct vcon_port *port);

/* rxq.c */
void vcon_rx_init(struct vcon_slot *slot);
int vcon_rx_start(struct vcon_slot *slot, unsigned int target);
int vcon_rx_restart(struct vcon_slot *slot);
void vcon_rx_stop(struct vcon_slot *slot);
void vcon_rx_callback(struct virtqueue *vq);
void vcon_rx_quiet(struct vcon_slot *slot);
void vcon_rx_attach(struct vcon_slot *slot, struct virtqueue *vq);
void vcon_rx_purge(struct vcon_slot *slot, struct virtqueue *vq);

/* rx.c */
bool vcon_rx_read_quick(struct vcon_port *port, char __user *to, size_t count);
ssize_t vcon_rx_read(struct vcon_port *port, struct iov_iter *to, bool nonblock);
int vcon_rx_get_chars(struct vcon_port *port, char *buf, int count);
unsigned int vcon_rx_pending(struct vcon_port *port);
void vcon_rx_arm(struct vcon_port *port);

/* txq.c */
void vcon_tx_init(struct vcon_slot *slot);
void vcon_tx_detach(struct vcon_slot *slot);
void vcon_tx_callback(struct virtqueue *vq);
void vcon_tx_host_opened(struct vcon_port *port);
void vcon_tx_host_closed(struct vcon_port *port);
void vcon_tx_release(struct vcon_port *port);
void vcon_tx_unplugged(struct vcon_port *port);
void vcon_tx_purge(struct vcon_slot *slot, struct virtqueue *vq);

/* tx.c */
bool vcon_tx_write_quick(struct vcon_port *port, const char __user *from, size_t count);
ssize_t vcon_tx_write(struct vcon_port *port, struct iov_iter *from, bool nonblock);
bool vcon_tx_poll(struct vcon_port *port);
unsigned int vcon_tx_queued(struct vcon_port *port);
int vcon_tx_sync(struct vcon_port *port);
void vcon_tx_settle(struct vcon_port *port, unsigned long timeout);

/* txcon.c */
int vcon_tx_console_buffers(struct vcon_slot *slot);
int vcon_tx_put(struct vcon_port *port, const char *data, int len);
void vcon_tx_poll_out(struct vcon_port *port, unsigned int patience_us, bool everything);
bool vcon_tx_wait_room(struct vcon_port *port, unsigned int timeout_ms);

/* chardev.c */
extern const struct file_operations vcon_fops;

/* hvc.c */
int vcon_console_add(struct vcon_port *port);
void vcon_console_remove(struct vcon_port *port);
void vcon_console_poll(struct vcon_port *port);
void vcon_console_set_size(struct vcon_port *port, u16 columns, u16 rows);
void vcon_console_emergency(struct vcon_port *port, const char *data, int len);
int vcon_console_init(void);
void vcon_console_exit(void);

/* sysfs.c */
extern const struct attribute_group *vcon_port_groups[];
int vcon_sysfs_update(struct vcon_port *port);

/* debugfs.c */
bool vcon_debugfs_is_taken(void);
void vcon_debugfs_init(void);
void vcon_debugfs_exit(void);
void vcon_debugfs_add(struct vcon_port *port);
void vcon_debugfs_remove(struct vcon_port *port);

static inline struct vcon_port *vcon_port_get(struct vcon_port *port)
{
	get_device(&port->dev);
	return port;
}

static inline void vcon_port_put(struct vcon_port *port)
{
	put_device(&port->dev);
}

/* The queues of port n: 0 and 1 are port 0's, 2 and 3 carry control messages. */
static inline unsigned int vcon_rx_index(u32 id)
{
	return id ? 2 * id + 2 : 0;
}

static inline unsigned int vcon_tx_index(u32 id)
{
	return vcon_rx_index(id) + 1;
}

static inline struct vcon_slot *vcon_slot_of(struct virtqueue *vq)
{
	struct vcon_device *dev = vq->vdev->priv;
	unsigned int pair = vq->index / 2;

	return &dev->slots[pair ? pair - 1 : 0];
}

#endif
