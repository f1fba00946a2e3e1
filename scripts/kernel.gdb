# Settings and commands for gdb on a kernel through kgdboc:
#   gdb -x scripts/kernel.gdb -ex 'file kernel.elf' -ex 'target remote SOCKET'

set architecture i386:x86-64
set remotetimeout 60
set pagination off



define kernel-init
  break *do_one_initcall
  commands
    silent
    eval "monitor symbol %lx", $rdi
  end
end
document kernel-init
Stop before each module's init function and print its name.
end

define kernel-bt
  if $argc == 0
    monitor bt
  else
    monitor bt $arg0
  end
end
document kernel-bt
Backtrace by the kernel's own unwinder: kernel-bt [THREAD], the number behind
"Thread" in "info threads". Needs no debug information.
end
