// For LD_PRELOAD: what is not over before the process is. The names of hosts that begin with "hang" are looked up for
// ever, and while the file HANG_DISK exists a file that takes the place of another in the folder it is in does so for
// ever. HANG_MARK is made when something hangs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hang(void) {
    const char *mark = getenv("HANG_MARK");
    if (mark) close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    for (;;) pause();
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    typedef int function(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (node && strncmp(node, "hang", 4) == 0) hang();
    return ((function *)dlsym(RTLD_NEXT, "getaddrinfo"))(node, service, hints, result);
}

int rename(const char *from, const char *to) {
    typedef int function(const char *, const char *);
    const char *disk = getenv("HANG_DISK");
    if (disk && access(disk, F_OK) == 0) {
        char one[PATH_MAX], other[PATH_MAX];
        snprintf(one, sizeof one, "%s", disk);
        snprintf(other, sizeof other, "%s", to);
        if (strcmp(dirname(one), dirname(other)) == 0) hang();
    }
    return ((function *)dlsym(RTLD_NEXT, "rename"))(from, to);
}
