// SPDX-License-Identifier: GPL-3.0-or-later
// The threads that sound hangs on, before all others: each asks for itself.

#pragma once

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace media {

// Returns what the system granted: "realtime", "high" or "normal". Both of the first are refused without CAP_SYS_NICE,
// and nothing is lost then but some punctuality under load. The default timer slack of 50 us is what an ordinary
// thread wakes late by on an idle machine.
inline const char* ask_for_priority() noexcept {
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    sched_param low{};
    low.sched_priority = 1;
    if (pthread_setschedparam(pthread_self(), SCHED_RR, &low) == 0) return "realtime";
    if (setpriority(PRIO_PROCESS, 0, -15) == 0) return "high";  // Linux: of this thread alone
    return "normal";
}

inline void leave_signals_to_others() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace media
