/* Kernels since 5.18 know of landing pads. */
#include <asm/ibt.h>

int probe(void);
int probe(void)
{
	return HAS_KERNEL_IBT;
}
