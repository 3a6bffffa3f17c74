// A shared secret that doesn't end up in a log by accident.
#pragma once

#include <string>
#include <utility>

namespace fedhub::conf {

/// Has no `str()` and no stream operator on purpose: whoever needs the octets says `reveal()`.
class secret {
public:
  secret() = default;
  explicit secret(std::string octets) : octets_(std::move(octets)) {}

  const std::string& reveal() const { return octets_; }

  /// Tells whether a reload changed the secret. Not in constant time: never compare with a peer's
  /// octets by it.
  friend bool operator==(const secret&, const secret&) = default;

private:
  std::string octets_;
};

} // namespace fedhub::conf
