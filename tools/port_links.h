/* SPDX-License-Identifier: GPL-2.0 */
/* The links of /dev/virtio-ports, kept in step with the events of ports. */
#ifndef PORTSIDE_PORT_LINKS_H
#define PORTSIDE_PORT_LINKS_H

void port_links_event(const char *action, const char *node, unsigned long long number);
void port_links_scan(void);

#endif
