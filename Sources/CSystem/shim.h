#pragma once
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A descriptor that becomes readable when the process ends; -1 and errno where it cannot be had. glibc has it under
/// its own name only since 2.36, and syscall is variadic, so Swift cannot call it.
static inline int bizgo_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/// Keeps the process's memory, secrets included, out of core files, also where they go to a pipe. prctl is variadic,
/// so Swift cannot call it.
static inline void bizgo_forbid_core_files(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
