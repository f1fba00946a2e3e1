/* Newer kernels: is_endbr() takes the address, __is_endbr() the instruction. */
#include <asm/ibt.h>

bool probe(u32 first);
bool probe(u32 first)
{
	return __is_endbr(first);
}
