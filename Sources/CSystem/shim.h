#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
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

/// pipe2(2), which glibc declares for GNU programs only.
extern int bizgo_pipe2(int *ends, int flags) __asm__("pipe2");

/// accept4(2), which glibc declares for GNU programs only. By another name and with pointers to anything, as sys/socket.h
/// must not be included here: its types would then be this module's, and not Glibc's.
extern int bizgo_accept4(int listener, void *address, void *length, int flags) __asm__("accept4");

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

/// What statx fills in, as far as it is of use here. By another name, and without fcntl.h: not every C library declares
/// it, and struct stat would then be this module's, and not Glibc's.
struct bizgo_statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t others[10];
    uint64_t attributes_mask;
    uint64_t rest[24];
};

/// Whether something is mounted on the file, or the folder, itself: 1 or 0; -1 where the kernel does not say, as those
/// before 5.8.
static inline int bizgo_is_mount_point(const char *path) {
    const uint64_t mount_root = 0x2000;
    const int working_folder = -100;
    struct bizgo_statx status = {0};
    if (syscall(SYS_statx, working_folder, path, 0, 0, &status) != 0) return -1;
    if (!(status.attributes_mask & mount_root)) return -1;
    return (status.attributes & mount_root) != 0;
}

/// Whether it lies in an overlay, which counts a file's links in the layer below until the file is opened for writing.
static inline int bizgo_is_in_overlay(const char *path) {
    struct statfs system;
    return statfs(path, &system) == 0 && system.f_type == 0x794c7630;
}
