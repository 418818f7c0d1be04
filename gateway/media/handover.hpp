// SPDX-License-Identifier: GPL-3.0-or-later
// Handing objects from one thread to another, in order, without a lock and without a bound.
//
// The giver pushes one at a time; the taker takes all that wait. Neither ever waits for the other: a push
// retries only when a take came in between, and a take is one exchange. The objects carry their own link
// (`T* next`), so nothing is allocated; who owns them is whoever holds them. Used both ways between Python
// and the media thread: orders one way, the same objects back as reports, so that memory is allocated and
// freed on Python's side only.

#pragma once

#include <atomic>

namespace media {

template <typename T>
class Handover {
public:
    // Any thread. The object belongs to the taker from here on.
    void push(T* object) noexcept;

    // The taker's thread. A list linked by `next`, oldest first; nullptr if nothing waits.
    T* take() noexcept;

private:
    std::atomic<T*> newest_{nullptr};
};

// ------------------------------------------------------------------------------------ implementation

template <typename T>
void Handover<T>::push(T* object) noexcept {
    T* before = newest_.load(std::memory_order_relaxed);
    do {
        object->next = before;
    } while (!newest_.compare_exchange_weak(before, object, std::memory_order_release,
                                            std::memory_order_relaxed));
}

template <typename T>
T* Handover<T>::take() noexcept {
    if (newest_.load(std::memory_order_relaxed) == nullptr) return nullptr;  // spares the bus most ticks
    T* rest = newest_.exchange(nullptr, std::memory_order_acquire);
    T* oldest = nullptr;
    while (rest != nullptr) {
        T* next = rest->next;
        rest->next = oldest;
        oldest = rest;
        rest = next;
    }
    return oldest;
}

}  // namespace media
