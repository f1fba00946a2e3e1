/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: control messages, a port's life, flights, rescues. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM virtio_console

#if !defined(VCON_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VCON_TRACE_H

#include <linux/types.h>
#include <linux/kdev_t.h>
#include <linux/tracepoint.h>
#include <linux/virtio.h>

TRACE_EVENT(vcon_control,
	TP_PROTO(int device, bool out, u32 id, u16 event, u16 value),
	TP_ARGS(device, out, id, event, value),
	TP_STRUCT__entry(
		__field(int, device)
		__field(bool, out)
		__field(u32, id)
		__field(u16, event)
		__field(u16, value)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->out = out;
		__entry->id = id;
		__entry->event = event;
		__entry->value = value;
	),
	TP_printk("virtio%d %s id=%d event=%s value=%u", __entry->device,
		  __entry->out ? "out" : "in", __entry->id,
		  __print_symbolic(__entry->event,
				   { 0, "DEVICE_READY" }, { 1, "PORT_ADD" },
				   { 2, "PORT_REMOVE" }, { 3, "PORT_READY" },
				   { 4, "CONSOLE_PORT" }, { 5, "RESIZE" },
				   { 6, "PORT_OPEN" }, { 7, "PORT_NAME" }),
		  __entry->value)
);

TRACE_EVENT(vcon_port,
	TP_PROTO(dev_t port, const char *what),
	TP_ARGS(port, what),
	TP_STRUCT__entry(
		__field(dev_t, port)
		__array(char, what, 12)
	),
	TP_fast_assign(
		__entry->port = port;
		strscpy(__entry->what, what, sizeof(__entry->what));
	),
	TP_printk("%u:%u %s", MAJOR(__entry->port), MINOR(__entry->port), __entry->what)
);

TRACE_EVENT(vcon_tx_submit,
	TP_PROTO(const struct virtqueue *vq, u32 len, unsigned int flights),
	TP_ARGS(vq, len, flights),
	TP_STRUCT__entry(
		__field(int, device)
		__field(u32, queue)
		__field(u32, len)
		__field(u32, flights)
	),
	TP_fast_assign(
		__entry->device = vq->vdev->index;
		__entry->queue = vq->index;
		__entry->len = len;
		__entry->flights = flights;
	),
	TP_printk("virtio%d queue=%u len=%u behind=%u", __entry->device, __entry->queue,
		  __entry->len, __entry->flights)
);

TRACE_EVENT(vcon_tx_done,
	TP_PROTO(const struct virtqueue *vq, u32 len),
	TP_ARGS(vq, len),
	TP_STRUCT__entry(
		__field(int, device)
		__field(u32, queue)
		__field(u32, len)
	),
	TP_fast_assign(
		__entry->device = vq->vdev->index;
		__entry->queue = vq->index;
		__entry->len = len;
	),
	TP_printk("virtio%d queue=%u len=%u", __entry->device, __entry->queue, __entry->len)
);

TRACE_EVENT(vcon_rescue,
	TP_PROTO(dev_t port, bool rx),
	TP_ARGS(port, rx),
	TP_STRUCT__entry(
		__field(dev_t, port)
		__field(bool, rx)
	),
	TP_fast_assign(
		__entry->port = port;
		__entry->rx = rx;
	),
	TP_printk("%u:%u %s", MAJOR(__entry->port), MINOR(__entry->port),
		  __entry->rx ? "rx" : "tx")
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
