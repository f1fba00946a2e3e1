// SPDX-License-Identifier: GPL-2.0
/*
 * The USB side: descriptors, standard requests, and usbredir's messages. Vendor
 * requests go to chip.c, bulk transfers to bulk.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

#define BULK 2
#define NO_ENDPOINT 255

static int told_packet_size(void)
{
	return model.max_packet >= 0 ? model.max_packet : packet_size();
}

/* ---- descriptors ---- */

static int device_descriptor(uint8_t *out)
{
	const uint8_t descriptor[18] = {
		18, 1, 0x00, 0x02, 0, 0, 0, 64,
		model.vendor & 0xff, model.vendor >> 8, model.product & 0xff, model.product >> 8,
		model.bcd & 0xff, model.bcd >> 8, 1, 2, *model.serial ? 3 : 0, 1,
	};

	memcpy(out, descriptor, sizeof(descriptor));
	return sizeof(descriptor);
}

static int put_endpoint(uint8_t *out, int address)
{
	const uint8_t descriptor[7] = {
		7, 5, address, BULK, told_packet_size() & 0xff, told_packet_size() >> 8, 0,
	};

	memcpy(out, descriptor, sizeof(descriptor));
	return sizeof(descriptor);
}

static int put_interface(uint8_t *out, int number)
{
	const uint8_t descriptor[9] = {
		9, 4, number, 0, !model.no_in + !model.no_out, 0xff, 0xff, 0xff, 2,
	};
	int len = sizeof(descriptor);

	memcpy(out, descriptor, len);
	if (!model.no_in)
		len += put_endpoint(out + len, 0x81 + 2 * number);
	if (!model.no_out)
		len += put_endpoint(out + len, 0x02 + 2 * number);
	return len;
}

static int config_descriptor(uint8_t *out)
{
	uint8_t head[9] = { 9, 2, 0, 0, model.chip->interfaces, 1, 0, 0xa0, 45 };
	int len = sizeof(head);

	for (int i = 0; i < model.chip->interfaces; i++)
		len += put_interface(out + len, i);
	head[2] = len;
	head[3] = len >> 8;
	memcpy(out, head, sizeof(head));
	return len;
}

static int string_descriptor(uint8_t *out, int index)
{
	const char *strings[] = { NULL, model.manufacturer, model.name, model.serial };
	const char *text;
	int len = 2;

	out[1] = 3;
	if (index == 0) {
		out[2] = 0x09;
		out[3] = 0x04;
		len = 4;
	} else if (index <= 3) {
		for (text = strings[index]; *text; text++) {
			out[len++] = *text;
			out[len++] = 0;
		}
	} else {
		return -1;
	}
	out[0] = len;
	return len;
}

/* Length of a descriptor, -1 for one that the device does not have. */
static int descriptor(uint16_t value, uint8_t *out)
{
	switch (value >> 8) {
	case 1: return device_descriptor(out);
	case 2: return config_descriptor(out);
	case 3: return string_descriptor(out, value & 0xff);
	default: return -1;
	}
}

/* ---- standard requests ---- */

static void clear_halt(uint16_t endpoint)
{
	int number = (((endpoint & 0xf) - 1) & ~1) / 2;

	event("clear-halt 0x%02x", endpoint);
	if (number < 0 || number >= CHANNELS)
		return;
	if (endpoint & 0x80)
		model.channels[number].halted_in = false;
	else
		model.channels[number].halted_out = false;
}

static int standard(const struct usb_redir_control_packet_header *h, uint8_t *reply)
{
	switch (h->request) {
	case 0:
		reply[0] = reply[1] = 0;
		return 2;
	case 1:
		if ((h->requesttype & 0x1f) == 2 && h->value == 0)
			clear_halt(h->index);
		return 0;
	case 3: return 0;
	case 6: return descriptor(h->value, reply);
	case 8:
		reply[0] = 1;
		return 1;
	default: return -1;
	}
}

static void control(void *priv, uint64_t id, struct usb_redir_control_packet_header *h,
		    uint8_t *data, int data_len)
{
	struct usb_redir_control_packet_header answer = *h;
	uint8_t reply[1024];
	int len = 0;

	(void)priv;
	(void)data_len;
	usbredirparser_free_packet_data(model.parser, data);
	if ((h->requesttype & 0x60) == 0x40) {
		answer.status = chip_request(h->requesttype, h->request, h->value, h->index, reply,
					     &len);
		if (answer.status == usb_redir_timeout)
			return;
	} else {
		len = standard(h, reply);
		answer.status = len < 0 ? usb_redir_stall : usb_redir_success;
	}
	if (len < 0 || answer.status != usb_redir_success)
		len = 0;
	if (len > h->length)
		len = h->length;
	answer.length = len;
	if (!(h->requesttype & 0x80))
		len = 0;
	usbredirparser_send_control_packet(model.parser, id, &answer, len ? reply : NULL, len);
}

/* ---- bulk ---- */

static void bulk(void *priv, uint64_t id, struct usb_redir_bulk_packet_header *h, uint8_t *data,
		 int data_len)
{
	int number = ((h->endpoint & 0xf) - 1) / 2;
	uint32_t len = h->length | (uint32_t)h->length_high << 16;

	(void)priv;
	if (number < 0 || number >= model.chip->interfaces || !model.plugged) {
		usbredirparser_free_packet_data(model.parser, data);
		usb_reply_bulk(h->endpoint, id, usb_redir_inval, NULL, 0);
	} else if (h->endpoint & 0x80) {
		bulk_in(&model.channels[number], id, len);
	} else {
		bulk_out(&model.channels[number], id, data, data_len);
	}
}

/**
 * usb_reply_bulk() - end a bulk transfer
 * @endpoint: its address
 * @id: its number
 * @status: of usbredir
 * @data: bytes for the host, or NULL
 * @len: how many, or how many the chip took
 */
void usb_reply_bulk(int endpoint, uint64_t id, uint8_t status, uint8_t *data, uint32_t len)
{
	struct usb_redir_bulk_packet_header h = {
		.endpoint = endpoint, .status = status, .length = len, .length_high = len >> 16,
	};

	usbredirparser_send_bulk_packet(model.parser, id, &h, data, data ? len : 0);
}

/* ---- usbredir ---- */

static void tell_interfaces(void)
{
	struct usb_redir_interface_info_header interfaces = {
		.interface_count = model.chip->interfaces,
	};
	struct usb_redir_ep_info_header endpoints;

	memset(&endpoints, 0, sizeof(endpoints));
	memset(endpoints.type, NO_ENDPOINT, sizeof(endpoints.type));
	endpoints.type[0] = endpoints.type[16] = 0;
	endpoints.max_packet_size[0] = endpoints.max_packet_size[16] = 64;
	for (int i = 0; i < model.chip->interfaces; i++) {
		interfaces.interface[i] = i;
		interfaces.interface_class[i] = 0xff;
		interfaces.interface_subclass[i] = 0xff;
		interfaces.interface_protocol[i] = 0xff;
		endpoints.type[2 + 2 * i] = endpoints.type[16 + 1 + 2 * i] = BULK;
		endpoints.interface[2 + 2 * i] = endpoints.interface[16 + 1 + 2 * i] = i;
		endpoints.max_packet_size[2 + 2 * i] = packet_size();
		endpoints.max_packet_size[16 + 1 + 2 * i] = packet_size();
	}
	usbredirparser_send_interface_info(model.parser, &interfaces);
	usbredirparser_send_ep_info(model.parser, &endpoints);
}

/**
 * usb_plug() - let the device appear
 */
void usb_plug(void)
{
	struct usb_redir_device_connect_header device = {
		.speed = model.chip->high_speed ? usb_redir_speed_high : usb_redir_speed_full,
		.vendor_id = model.vendor,
		.product_id = model.product,
		.device_version_bcd = model.bcd,
	};

	chip_power_on();
	tell_interfaces();
	usbredirparser_send_device_connect(model.parser, &device);
	model.plugged = true;
}

/**
 * usb_unplug() - let it disappear, whatever is on its way
 */
void usb_unplug(void)
{
	if (!model.plugged)
		return;
	model.plugged = false;
	for (int i = 0; i < CHANNELS; i++)
		bulk_drop(&model.channels[i]);
	usbredirparser_send_device_disconnect(model.parser);
	event("unplugged");
}

static void hello(void *priv, struct usb_redir_hello_header *h)
{
	(void)priv;
	(void)h;
	model.hello = true;
	event("hello");
}

static void reset(void *priv)
{
	(void)priv;
	chip_power_on();
	event("reset");
}

static void set_configuration(void *priv, uint64_t id, struct usb_redir_set_configuration_header *h)
{
	struct usb_redir_configuration_status_header status = {
		.status = usb_redir_success, .configuration = h->configuration,
	};

	(void)priv;
	tell_interfaces();
	usbredirparser_send_configuration_status(model.parser, id, &status);
}

static void get_configuration(void *priv, uint64_t id)
{
	struct usb_redir_configuration_status_header status = {
		.status = usb_redir_success, .configuration = 1,
	};

	(void)priv;
	usbredirparser_send_configuration_status(model.parser, id, &status);
}

static void set_alt_setting(void *priv, uint64_t id, struct usb_redir_set_alt_setting_header *h)
{
	struct usb_redir_alt_setting_status_header status = {
		.status = usb_redir_success, .interface = h->interface, .alt = h->alt,
	};

	(void)priv;
	usbredirparser_send_alt_setting_status(model.parser, id, &status);
}

static void get_alt_setting(void *priv, uint64_t id, struct usb_redir_get_alt_setting_header *h)
{
	struct usb_redir_alt_setting_status_header status = {
		.status = usb_redir_success, .interface = h->interface,
	};

	(void)priv;
	usbredirparser_send_alt_setting_status(model.parser, id, &status);
}

static void cancel(void *priv, uint64_t id)
{
	(void)priv;
	bulk_cancel(id);
}

static void disconnect_ack(void *priv)
{
	(void)priv;
	event("unplug-seen");
}

static void on_log(void *priv, int level, const char *message)
{
	(void)priv;
	if (level <= usbredirparser_warning)
		fprintf(stderr, "usbredir: %s\n", message);
}

static int on_read(void *priv, uint8_t *data, int count)
{
	ssize_t got = read(model.fd, data, count);

	(void)priv;
	return got > 0 ? got : got == 0 ? -1 : 0;
}

static int on_write(void *priv, uint8_t *data, int count)
{
	ssize_t put = write(model.fd, data, count);

	(void)priv;
	return put >= 0 ? put : 0;
}

/**
 * usb_open() - start to speak usbredir
 * @fd: the connection to QEMU, not blocking
 */
void usb_open(int fd)
{
	uint32_t caps[USB_REDIR_CAPS_SIZE] = {};
	struct usbredirparser *p = usbredirparser_create();

	/* Not bulk_receiving: QEMU would merge packets and strip their status. */
	usbredirparser_caps_set_cap(caps, usb_redir_cap_connect_device_version);
	usbredirparser_caps_set_cap(caps, usb_redir_cap_device_disconnect_ack);
	usbredirparser_caps_set_cap(caps, usb_redir_cap_ep_info_max_packet_size);
	usbredirparser_caps_set_cap(caps, usb_redir_cap_64bits_ids);
	usbredirparser_caps_set_cap(caps, usb_redir_cap_32bits_bulk_length);
	p->log_func = on_log;
	p->read_func = on_read;
	p->write_func = on_write;
	p->hello_func = hello;
	p->reset_func = reset;
	p->set_configuration_func = set_configuration;
	p->get_configuration_func = get_configuration;
	p->set_alt_setting_func = set_alt_setting;
	p->get_alt_setting_func = get_alt_setting;
	p->cancel_data_packet_func = cancel;
	p->control_packet_func = control;
	p->bulk_packet_func = bulk;
	p->device_disconnect_ack_func = disconnect_ack;
	model.fd = fd;
	model.parser = p;
	usbredirparser_init(p, "portside ftdi model", caps, USB_REDIR_CAPS_SIZE,
			    usbredirparser_fl_usb_host);
}
