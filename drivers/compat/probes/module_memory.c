/* A module's memory is an array of regions by kind since 6.4. */
#include <linux/module.h>

unsigned int probe(const struct module *module);
unsigned int probe(const struct module *module)
{
	return module->mem[MOD_INIT_TEXT].size;
}
