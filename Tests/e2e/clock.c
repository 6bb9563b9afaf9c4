// For LD_PRELOAD: the clocks of a process run CLOCK_RATE times as fast, and its wall clock is off by as many seconds as
// stand in the file CLOCK_JUMP. Its timers (timerfd) end as much sooner. So the binary that is delivered lives through
// days in seconds, without a fake clock in it. (libfaketime does not get libdispatch's timers right when time is fast.)
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { second = 1000000000, clocks = 8, descriptors = 4096 };

static int64_t rate = 1;
static int64_t began[clocks];
static volatile const int64_t *jump;
static clockid_t clock_of[descriptors];

static int64_t nanoseconds(struct timespec time) { return time.tv_sec * (int64_t)second + time.tv_nsec; }

static struct timespec spec(int64_t time) {
    return (struct timespec){.tv_sec = time / second, .tv_nsec = time % second};
}

static int64_t real_time(clockid_t clock) {
    struct timespec time;
    syscall(SYS_clock_gettime, clock, &time);
    return nanoseconds(time);
}

static int64_t off(clockid_t clock) { return clock == CLOCK_REALTIME && jump ? *jump * second : 0; }

static int64_t faked(clockid_t clock) {
    return began[clock] + (real_time(clock) - began[clock]) * rate + off(clock);
}

static int64_t unfaked(int64_t time, clockid_t clock) {
    return began[clock] + (time - off(clock) - began[clock]) / rate;
}

__attribute__((constructor)) static void begin(void) {
    const char *fast = getenv("CLOCK_RATE"), *file = getenv("CLOCK_JUMP");
    if (fast) rate = atoll(fast);
    if (file) jump = mmap(NULL, sizeof *jump, PROT_READ, MAP_SHARED, open(file, O_RDONLY | O_CLOEXEC), 0);
    for (clockid_t clock = 0; clock < clocks; clock++) began[clock] = real_time(clock);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return (int)syscall(SYS_clock_gettime, clock, time);
    *time = spec(faked(clock));
    return 0;
}

int timerfd_create(int clock, int flags) {
    int descriptor = (int)syscall(SYS_timerfd_create, clock, flags);
    if (descriptor >= 0 && descriptor < descriptors) clock_of[descriptor] = clock;
    return descriptor;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *wanted, struct itimerspec *before) {
    struct itimerspec sooner = *wanted;
    int64_t time = nanoseconds(wanted->it_value);
    if (time > 0) { // zero disarms
        time = flags & TFD_TIMER_ABSTIME ? unfaked(time, clock_of[descriptor]) : time / rate;
        sooner.it_value = spec(time > 0 ? time : 1);
    }
    return (int)syscall(SYS_timerfd_settime, descriptor, flags, &sooner, before);
}
