# SPDX-License-Identifier: GPL-2.0
"""What in a kernel's log means that something went wrong."""

import re

ALARMS = re.compile(
    r"WARNING: |BUG: |kernel BUG|Oops|general protection fault|KASAN|UBSAN|KFENCE"
    r"|possible (circular|recursive) locking|INFO: possible|inconsistent lock state"
    r"|INFO: task .* blocked for more than|suspicious RCU usage"
    r"|rcu.*(detected stall|self-detected stall|detected expedited stall)"
    r"|soft lockup|hard LOCKUP|refcount_t|Call Trace|unreferenced object"
    r"|list_(add|del) corruption|sleeping function called|Kernel panic"
    r"|scheduling while atomic|DEBUG_LOCKS_WARN_ON|ODEBUG|use-after-free")


def alarms(log, expected=()):
    """The lines of a log that raise an alarm, without those that match one of
    the expected patterns."""
    return [line for line in log.splitlines()
            if ALARMS.search(line) and not any(re.search(p, line) for p in expected)]
