// SPDX-License-Identifier: GPL-3.0-or-later
// Sound that is kept in case somebody asks for it again, in a sixth of its bytes.
//
// Sound is PCM16 of 24 kHz. What came over a telephone line has nothing above 4 kHz, so that every third sample tells all of
// it, and their G.711 codes are what the line had. Of wideband sound all samples are kept, as codes. What is only to be
// compared is kept at 4 kHz (gateway/conversation/likeness.py). What does not fill a tick yet is as it came.
//
// Places are counted in samples of 24 kHz, from the first that was ever put. Any threads may put and ask; whoever
// shares it asks for a part of it first, as no work is done on that while others wait.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace media {

// Sound of 24 kHz at 4 kHz, for comparing, as G.711 codes: `count` of them. Averages alias, but in a sound and in its echo
// alike.
void slower(const std::int16_t* pcm, std::size_t count, std::uint8_t* codes) noexcept;

// Has sound for somebody who keeps it that it has not put there yet.
class SoundSource {
public:
    SoundSource() = default;
    virtual ~SoundSource() = default;
    SoundSource(const SoundSource&) = delete;
    SoundSource& operator=(const SoundSource&) = delete;

    // Puts it there now.
    virtual void bring() noexcept = 0;
};

// Shared by threads that know nothing of Python, and so never made there in another way than by `std::make_shared`.
class KeptSound : public std::enable_shared_from_this<KeptSound> {
public:
    static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

    // Keeps the last `most` samples; `slow`: for comparing.
    explicit KeptSound(std::size_t most = kAll, bool slow = false) : slow_(slow), most_(most) {}
    KeptSound(const KeptSound&) = delete;
    KeptSound& operator=(const KeptSound&) = delete;
    ~KeptSound() = default;

    void put(const std::int16_t* pcm, std::size_t count);
    // A tick that is known to be 8 kHz, `held` at 24 or filtered.
    void put_narrow(const std::int16_t* thirds, bool held);
    // From here it comes from now on, at times; and whenever somebody asks.
    void come_from(std::weak_ptr<SoundSource> source);
    // Lets go of what is before a place, or of a few samples less.
    void let_go(std::size_t place);
    // Where it begins and ends.
    std::size_t start() const;
    std::size_t end() const;
    // Fills `part`, which is new, with what is between two places; it begins there.
    void copy(std::size_t from, std::size_t to, KeptSound& part) const;

    // All of it, as it sounded.
    std::vector<std::int16_t> pcm() const;
    // Of what is kept for comparing: its codes of 4 kHz.
    std::string codes() const;
    // The mean square of its last whole frames of so many samples, by each third sample.
    std::vector<float> loudness(std::size_t frame) const;

private:
    // How a tick is kept, and how many samples a code of it stands for. `held`: each of its samples came three times.
    enum class Kind : std::uint8_t { narrow, held, wide, slow };
    static std::size_t step(Kind kind) noexcept { return kind == Kind::wide ? 1 : kind == Kind::slow ? 6 : 3; }

    // Some ticks in a row that are kept in the same way.
    struct Piece {
        Kind kind;
        std::size_t first, last;  // codes that are kept: up to `last`
        std::unique_ptr<std::uint8_t[]> codes;

        std::size_t samples() const noexcept { return (last - first) * step(kind); }
        std::int16_t level(std::size_t code) const noexcept;
    };

    Kind kind_of(const std::int16_t* tick) const noexcept;
    void add(const std::int16_t* pcm, std::size_t count);
    void keep(const std::int16_t* tick);
    void keep_as(Kind kind, const std::int16_t* samples);
    void tidy() const noexcept;
    void drop(std::size_t count) const noexcept;

    void bring() const;

    mutable std::mutex mutex_;
    std::weak_ptr<SoundSource> source_;
    std::uint8_t* next_ = nullptr;  // code, in the last piece
    std::uint16_t room_ = 0;        // codes that it has left
    const bool slow_;
    Kind kind_ = Kind::held;        // of the last piece
    const std::size_t most_;
    std::size_t end_ = 0;
    mutable std::size_t start_ = 0;
    mutable std::vector<std::int16_t> tail_;  // less than a tick
    mutable std::list<Piece> pieces_;
};

}  // namespace media
