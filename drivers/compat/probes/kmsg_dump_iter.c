/* A place in the kernel's log is a type of its own since 5.12. */
#include <linux/kmsg_dump.h>

void probe(struct kmsg_dump_iter *iter);
void probe(struct kmsg_dump_iter *iter)
{
	kmsg_dump_rewind(iter);
}
