#include "protocol/access/access_token.hpp"

#include <charconv>
#include <span>
#include <stdexcept>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "protocol/text/hex.hpp"

namespace fedhub {

std::string random_octets(size_t count) {
  std::string octets(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error{"the system has no random numbers"};
  return octets;
}

std::string new_token(size_t octets) {
  const auto random = random_octets(octets);
  return to_hex({reinterpret_cast<const unsigned char*>(random.data()), random.size()});
}

sha256_digest digest_of(std::string_view token) {
  sha256_digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

std::optional<sha256_digest> parse_digest(std::string_view text) {
  sha256_digest digest{};
  if (text.size() != 2 * digest.size())
    return {};
  for (size_t i = 0; i < digest.size(); ++i) {
    const auto* digits = text.data() + 2 * i;
    const auto [rest, error] = std::from_chars(digits, digits + 2, digest[i], 16);
    if (error != std::errc{} || rest != digits + 2)
      return {};
  }
  return digest;
}

} // namespace fedhub
