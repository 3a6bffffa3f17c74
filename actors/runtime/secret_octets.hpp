// A buffer that is overwritten when it is destroyed.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <openssl/crypto.h>

namespace fedhub {

/// A buffer of fixed size for secrets, which must not remain in freed memory.
class secret_octets {
public:
  secret_octets() = default;
  explicit secret_octets(size_t size) : octets_(size) {}
  secret_octets(secret_octets&&) = default;
  secret_octets& operator=(secret_octets&& x) noexcept {
    octets_.swap(x.octets_);
    return *this;
  }
  ~secret_octets() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

  unsigned char* data() { return octets_.data(); }
  const unsigned char* data() const { return octets_.data(); }
  size_t size() const { return octets_.size(); }

private:
  std::vector<unsigned char> octets_;
};

} // namespace fedhub
