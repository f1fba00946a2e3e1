/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Boards that need more than their chip's own treatment, as devices.list names
 * them. What each needs is in board.c.
 */
#ifndef FTDI_BOARD_H
#define FTDI_BOARD_H

enum ftdi_board {
	FTDI_BOARD_PLAIN,
	FTDI_BOARD_FT2232C,		/* FTDI's own id, used by JTAG boards too */
	FTDI_BOARD_JTAG_FIRST,		/* interface 0 is no serial line */
	FTDI_BOARD_STM_CONNECT_LITE,	/* nor are interfaces 0 and 1 */
	FTDI_BOARD_NDI,			/* 19200 stands for 1200000 */
	FTDI_BOARD_USB_UIRT,		/* one rate: the base clock by 77 */
	FTDI_BOARD_HE_TIRA1,		/* one rate: the base clock by 240; RTS/CTS */
};

#endif
