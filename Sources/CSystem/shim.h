#pragma once
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/// Keeps the process's memory, secrets included, out of core files, also where they go to a pipe. prctl is variadic,
/// so Swift cannot call it.
static inline void bizgo_forbid_core_files(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
