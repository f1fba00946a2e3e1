/* SPDX-License-Identifier: GPL-2.0 */
/* What tx.c uses of the queue in txq.c. */
#ifndef FTDI_TX_H
#define FTDI_TX_H

#include "ftdi_sio.h"

#define FTDI_TXQ_LIMIT_MIN 4096	/* bytes queued, what usb-serial drivers always had */
#define FTDI_TXQ_LIMIT_MAX 65536

unsigned int ftdi_txq_framed(unsigned int len);
struct ftdi_urb *ftdi_txq_open(struct ftdi_tx *tx);
void ftdi_txq_drop(struct ftdi_tx *tx);
void ftdi_txq_written(struct ftdi_tx *tx, bool all);
enum hrtimer_restart ftdi_txq_gathered(struct hrtimer *timer);
void ftdi_txq_submit(struct ftdi_port *fp);
void ftdi_txq_complete(struct urb *urb);
void ftdi_txq_kill(struct ftdi_tx *tx);
void ftdi_txq_hold(struct ftdi_tx *tx, bool held);
void ftdi_txq_mend(struct work_struct *work);

#endif
