// SPDX-License-Identifier: GPL-2.0
/*
 * Vendor requests on the wire: one function each way, and the two questions
 * that have an answer of their own. What is asked for and when is decided in
 * settings.c and modem.c.
 */
#include <linux/slab.h>

#include "ftdi_sio.h"
#include "request.h"

#define TIMEOUT_MS 5000		/* a chip answers within a frame or never */
#define FAST_TIMEOUT_MS 1000	/* for those that a tcsetattr() waits for */

static int timeout_of(u8 request)
{
	return request == FTDI_REQ_SET_BAUD || request == FTDI_REQ_SET_DATA ? FAST_TIMEOUT_MS :
									      TIMEOUT_MS;
}

/**
 * ftdi_request - tell the chip something
 * @fp: the port
 * @request: FTDI_REQ_
 * @value: wValue
 * @index: wIndex, complete
 *
 * Context: process, may sleep; also while memory is being reclaimed.
 * Return: 0, or the USB core's error (-EPIPE: the chip refused, -ENODEV: it is
 * gone, -ETIMEDOUT).
 */
int ftdi_request(struct ftdi_port *fp, u8 request, u16 value, u16 index)
{
	if (READ_ONCE(fp->gone))
		return -ENODEV;
	return usb_control_msg_send(fp->udev, 0, request,
				    USB_DIR_OUT | USB_TYPE_VENDOR | USB_RECIP_DEVICE, value,
				    index, NULL, 0, timeout_of(request), GFP_NOIO);
}

static int ask(struct usb_device *udev, u8 request, u16 index, u8 *reply, u16 len)
{
	return usb_control_msg_recv(udev, 0, request,
				    USB_DIR_IN | USB_TYPE_VENDOR | USB_RECIP_DEVICE, 0, index,
				    reply, len, TIMEOUT_MS, GFP_NOIO);
}

/**
 * ftdi_request_in - ask the chip something
 * @fp: the port
 * @request: FTDI_REQ_
 * @index: wIndex, complete
 * @reply: where the answer goes; any memory
 * @len: its length in bytes
 *
 * Context: process, may sleep; also while memory is being reclaimed.
 * Return: 0 when all of @reply was filled; -EREMOTEIO when the chip sent less,
 * or the USB core's error.
 */
int ftdi_request_in(struct ftdi_port *fp, u8 request, u16 index, u8 *reply, u16 len)
{
	if (READ_ONCE(fp->gone))
		return -ENODEV;
	return ask(fp->udev, request, index, reply, len);
}

/**
 * ftdi_get_status - ask for the two status bytes
 * @fp: the port
 * @modem: set to the modem lines (FTDI_MODEM_)
 * @line: set to the UART's status (FTDI_LINE_); 0 on a chip that has none to give
 *
 * Context: process, may sleep.
 * Return: 0, or an error as of ftdi_request_in().
 */
int ftdi_get_status(struct ftdi_port *fp, u8 *modem, u8 *line)
{
	u8 reply[2] = {};
	int err;

	err = ftdi_request_in(fp, FTDI_REQ_GET_MODEM_STATUS, fp->channel, reply,
			      fp->chip->status_length);
	if (err)
		return err;
	*modem = reply[0];
	*line = reply[1];
	return 0;
}

/**
 * ftdi_answers_latency - does a device know the latency timer?
 * @udev: the device
 * @channel: low byte of wIndex
 *
 * Context: process, may sleep.
 * Return: true when GET_LATENCY brought an answer.
 */
bool ftdi_answers_latency(struct usb_device *udev, u16 channel)
{
	u8 latency;

	return ask(udev, FTDI_REQ_GET_LATENCY, channel, &latency, 1) == 0;
}
