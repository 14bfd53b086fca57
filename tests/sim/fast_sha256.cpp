// Takes the place of base/sha256.cpp in the simulator: 32 bytes that tell contents apart, many
// times faster. That SHA-256 itself does is not what a simulation is to show.
#include <array>
#include <cstring>

#include "base/sha256.h"

namespace pmx {
namespace {

class Mixer {
  public:
    void add(std::string_view bytes) {
        size_ += bytes.size();
        std::size_t at = 0;
        for (; filled_ != 0 && at < bytes.size(); ++at)
            add_byte(bytes[at]);
        for (; at + 8 <= bytes.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + at, 8);
            mix(word);
        }
        for (; at < bytes.size(); ++at)
            add_byte(bytes[at]);
    }
    Sha256 finish() {
        mix(word_);
        mix(size_);
        std::array<std::uint64_t, 4> lanes{};
        for (std::uint64_t& lane : lanes) {
            mix(0x2545f4914f6cdd1dULL);
            lane = left_ ^ (right_ << 1);
        }
        Sha256 digest;
        std::memcpy(digest.data(), lanes.data(), digest.size());
        return digest;
    }

  private:
    void add_byte(char c) {
        word_ |= std::uint64_t{static_cast<unsigned char>(c)} << (8 * filled_);
        if (++filled_ < 8) return;
        mix(word_);
        word_ = 0;
        filled_ = 0;
    }
    void mix(std::uint64_t word) {
        left_ = (left_ ^ word) * 0xd6e8feb86659fd93ULL;
        left_ ^= left_ >> 32;
        right_ = (right_ + word) * 0x9e3779b97f4a7c15ULL;
        right_ ^= right_ >> 29;
    }

    std::uint64_t left_ = 0xbf58476d1ce4e5b9ULL;
    std::uint64_t right_ = 0x94d049bb133111ebULL;
    std::uint64_t word_ = 0;
    unsigned filled_ = 0;
    std::uint64_t size_ = 0;
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
    return sha256({bytes});
}

Sha256 sha256(std::initializer_list<std::string_view> parts) {
    Mixer mixer;
    for (const std::string_view part : parts)
        mixer.add(part);
    return mixer.finish();
}

std::string_view as_bytes(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace pmx
