// A shared secret that cannot get into a log by accident.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace fedhub::conf {

/// Overwrites a string up to its capacity, then empties it. The compiler cannot optimise this away.
inline void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  volatile char* octets = text.data();
  for (std::size_t i = 0; i < text.size(); ++i)
    octets[i] = 0;
  text.clear();
}

/// A secret text. It deliberately has no `str()` and no stream operator: code that needs the octets
/// calls `reveal()`. The octets are overwritten when they are released.
class secret {
public:
  secret() = default;
  explicit secret(std::string octets) : octets_(std::move(octets)) { wipe(octets); }
  secret(const secret&) = default;
  secret(secret&& other) noexcept : octets_(std::move(other.octets_)) { wipe(other.octets_); }
  secret& operator=(secret other) noexcept {
    octets_.swap(other.octets_);
    return *this;
  }
  ~secret() { wipe(octets_); }

  const std::string& reveal() const { return octets_; }

  /// Compares two secrets, to see whether a reload changed one. Not in constant time: never use it
  /// for a peer's octets.
  friend bool operator==(const secret&, const secret&) = default;

private:
  std::string octets_;
};

} // namespace fedhub::conf
