/* copy_splice_read() replaced generic_file_splice_read() in 6.5. */
#include <linux/fs.h>

struct file_operations probe = { .splice_read = copy_splice_read };
