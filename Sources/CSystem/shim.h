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

/// glibc has it since 2.34, and declares it for GNU programs only. By another name, as spawn.h must not be included here:
/// sigset_t would then be this module's, and not Glibc's.
extern int bizgo_addclosefrom(void *actions, int from)
    __asm__("posix_spawn_file_actions_addclosefrom_np") __attribute__((weak));

/// The started program has no descriptor from that number on. An older glibc leaves open what others opened without
/// close-on-exec.
/// @param actions A posix_spawn_file_actions_t.
static inline void bizgo_spawn_without_descriptors(void *actions, int from) {
    if (bizgo_addclosefrom) bizgo_addclosefrom(actions, from);
}

/// How many descriptors the process may have: their numbers are below it. The constants' type is another in every C
/// library, so Swift does not call it.
static inline unsigned long bizgo_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

/// Raises that as far as the process may itself, to `most` at most; never lowers it.
static inline void bizgo_raise_descriptor_limit(unsigned long most) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= most) return;
    limit.rlim_cur = limit.rlim_max < most ? limit.rlim_max : most;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Keeps the process's memory, secrets included, out of core files, also where they go to a pipe. prctl is variadic,
/// so Swift cannot call it.
static inline void bizgo_forbid_core_files(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
