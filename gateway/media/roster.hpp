// SPDX-License-Identifier: GPL-3.0-or-later
// Who has his turn at a tick. Other threads join members without a lock; a member says himself when he is gone.
//
// The media thread allocates and frees nothing: it links the entry that came with a member, and hands it back when
// the member is gone, to be freed by whoever comes next. So a member may outlive his leaving by a tick or two.

#pragma once

#include <memory>
#include <utility>

#include "handover.hpp"

namespace media {

// `Member` has `bool gone() const noexcept`.
template <typename Member>
class Roster {
public:
    Roster() = default;
    Roster(const Roster&) = delete;
    Roster& operator=(const Roster&) = delete;
    ~Roster();

    // Any thread but the media thread.
    void join(std::shared_ptr<Member> member);
    void reap() noexcept { release(left_.take()); }

    // Media thread: lets those go who are gone, and takes in who has joined.
    void review() noexcept;
    bool empty() const noexcept { return first_ == nullptr; }
    template <typename Turn>
    void each(Turn turn) const noexcept {
        for (Entry* entry = first_; entry != nullptr; entry = entry->next) turn(*entry->member);
    }

private:
    struct Entry {
        std::shared_ptr<Member> member;
        Entry* next = nullptr;
    };

    static void release(Entry* entry) noexcept {
        while (entry != nullptr) delete std::exchange(entry, entry->next);
    }

    Handover<Entry> joined_;
    Handover<Entry> left_;
    Entry* first_ = nullptr;  // the media thread's own
};

// ------------------------------------------------------------------------------------ implementation

template <typename Member>
Roster<Member>::~Roster() {
    release(joined_.take());
    release(left_.take());
    release(first_);
}

template <typename Member>
void Roster<Member>::join(std::shared_ptr<Member> member) {
    reap();
    joined_.push(new Entry{std::move(member)});
}

template <typename Member>
void Roster<Member>::review() noexcept {
    Entry** link = &first_;
    while (*link != nullptr) {
        Entry* const entry = *link;
        if (entry->member->gone()) {
            *link = entry->next;
            left_.push(entry);
        } else {
            link = &entry->next;
        }
    }
    *link = joined_.take();
}

}  // namespace media
