// SPDX-License-Identifier: GPL-2.0
/*
 * What the boards in board.h need: interfaces that are left to other programs,
 * rates that differ from what is asked for.
 */
#include <linux/string.h>

#include "ftdi_sio.h"

static bool is_string(const char *have, const char *want)
{
	return have && !strcmp(have, want);
}

/* JTAG adapters that kept FTDI's own product id: told by their strings. */
static bool is_jtag_adapter(const struct usb_device *udev)
{
	return is_string(udev->manufacturer, "CALAO Systems") ||
	       is_string(udev->product, "Arrow USB Blaster") ||
	       is_string(udev->product, "BeagleBone/XDS100V2") ||
	       is_string(udev->product, "SNAP Connect E10");
}

/**
 * ftdi_board_refuses - is this interface no serial line?
 * @board: the board
 * @udev: the device, for its strings
 * @interface: bInterfaceNumber
 *
 * Context: any.
 * Return: true when the interface is left for JTAG tools.
 */
bool ftdi_board_refuses(enum ftdi_board board, struct usb_device *udev, unsigned int interface)
{
	switch (board) {
	case FTDI_BOARD_FT2232C:
		return interface == 0 && is_jtag_adapter(udev);
	case FTDI_BOARD_JTAG_FIRST:
		return interface == 0;
	case FTDI_BOARD_STM_CONNECT_LITE:
		return interface < 2;
	default:
		return false;
	}
}

/**
 * ftdi_board_divisor - the divisor of a board with a single rate
 * @board: the board
 *
 * Return: how many base clocks a bit takes, or 0 when the board is free to run
 * at any rate.
 */
unsigned int ftdi_board_divisor(enum ftdi_board board)
{
	switch (board) {
	case FTDI_BOARD_USB_UIRT:
		return 77;
	case FTDI_BOARD_HE_TIRA1:
		return 240;
	default:
		return 0;
	}
}

/**
 * ftdi_board_rate - what a rate stands for on a board
 * @board: the board
 * @rate: as asked for, in baud
 *
 * Return: the rate to run at, in baud.
 */
u32 ftdi_board_rate(enum ftdi_board board, u32 rate)
{
	return board == FTDI_BOARD_NDI && rate == 19200 ? 1200000 : rate;
}

/**
 * ftdi_board_needs_rts_cts - does the board rely on RTS/CTS?
 * @board: the board
 *
 * Return: true when it is used whatever termios says.
 */
bool ftdi_board_needs_rts_cts(enum ftdi_board board)
{
	return board == FTDI_BOARD_HE_TIRA1;
}
