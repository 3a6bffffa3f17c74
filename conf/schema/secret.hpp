// A shared secret that doesn't end up in a log by accident.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace fedhub::conf {

/// Overwrites all that a string holds room for, then empties it. The compiler may not leave it out.
inline void wipe(std::string& x) noexcept {
  x.resize(x.capacity());
  volatile char* octets = x.data();
  for (std::size_t i = 0; i < x.size(); ++i)
    octets[i] = 0;
  x.clear();
}

/// Has no `str()` and no stream operator on purpose: whoever needs the octets says `reveal()`. The
/// octets are overwritten when they go.
class secret {
public:
  secret() = default;
  explicit secret(std::string octets) : octets_(std::move(octets)) { wipe(octets); }
  secret(const secret&) = default;
  secret(secret&& x) noexcept : octets_(std::move(x.octets_)) { wipe(x.octets_); }
  secret& operator=(secret x) noexcept {
    octets_.swap(x.octets_);
    return *this;
  }
  ~secret() { wipe(octets_); }

  const std::string& reveal() const { return octets_; }

  /// Tells whether a reload changed the secret. Not in constant time: never compare with a peer's
  /// octets by it.
  friend bool operator==(const secret&, const secret&) = default;

private:
  std::string octets_;
};

} // namespace fedhub::conf
