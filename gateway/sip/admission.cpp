// SPDX-License-Identifier: GPL-3.0-or-later

#include "admission.hpp"

#include <atomic>

#include "answers.hpp"

namespace sip {

namespace {

constexpr int kRetryAfterS = 5;

std::atomic<int> room{-1};
std::atomic<bool> full{false};
std::atomic<std::uint64_t> refused{0};

// Negative stays negative: no bound.
bool take_room() noexcept {
    int left = room.load(std::memory_order_relaxed);
    while (left > 0 && !room.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) {
        // Somebody has said anew how many there may be.
    }
    return left != 0;
}

}  // namespace

void admit(int calls, bool refuses) noexcept {
    room.store(calls, std::memory_order_relaxed);
    full.store(refuses, std::memory_order_relaxed);
}

bool is_full() noexcept { return full.load(std::memory_order_relaxed); }

bool refuse_for_load(pjsip_rx_data* invite) {
    if (take_room()) return false;
    refused.fetch_add(1, std::memory_order_relaxed);
    Headers headers(invite);
    headers.retry_after(kRetryAfterS);
    answer(invite, PJSIP_SC_SERVICE_UNAVAILABLE, headers);
    return true;
}

std::uint64_t refused_for_load() noexcept { return refused.exchange(0, std::memory_order_relaxed); }

}  // namespace sip
