// SPDX-License-Identifier: GPL-3.0-or-later
// Who has his turn at a tick. Other threads join members without a lock; a member says himself when he is gone.
//
// The media thread allocates and frees nothing: it links the entry that came with a member, and hands it back when
// the member is gone, to be freed by whoever comes next. So a member may outlive his leaving by a tick or two.

#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "fetch.hpp"
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
    // Where there are hundreds, whose memory the processor forgets between two turns: `admit` takes in who has joined,
    // and `turns` lets those go who are gone. `expect(member, turns)` asks for what a turn needs so many turns before it.
    void admit() noexcept;
    template <typename Turn, typename Expect>
    void turns(Turn turn, Expect expect) noexcept;
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
    // The media thread's own:
    Entry* first_ = nullptr;
    Entry** end_ = &first_;
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
    end_ = link;
    admit();
}

template <typename Member>
void Roster<Member>::admit() noexcept {
    for (*end_ = joined_.take(); *end_ != nullptr;) end_ = &(*end_)->next;
}

template <typename Member>
template <typename Turn, typename Expect>
void Roster<Member>::turns(Turn turn, Expect expect) noexcept {
    constexpr int kAhead = 2;
    Entry** link = &first_;
    while (Entry* const entry = *link) {
        if (entry->member->gone()) {
            *link = entry->next;
            left_.push(entry);
            continue;
        }
        Entry* next = entry->next;
        for (int ahead = 1; ahead <= kAhead && next != nullptr; ++ahead, next = next->next) expect(*next->member, ahead);
        if (next != nullptr) {
            fetch(next->next, sizeof *next);
            fetch(next->member.get(), std::min(sizeof(Member), 2 * kCacheLine));
        }
        turn(*entry->member);
        link = &entry->next;
    }
    end_ = link;
}

}  // namespace media
