#include "protocol/text/base64.hpp"

#include <algorithm>
#include <climits>

#include <openssl/evp.h>

namespace fedhub {

namespace {

const unsigned char* octets_of(std::string_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

unsigned char* octets_of(std::string& octets) {
  return reinterpret_cast<unsigned char*>(octets.data());
}

/// The longest text: OpenSSL counts octets in an int.
constexpr size_t max_text = INT_MAX - 3;

} // namespace

std::string to_base64(std::string_view octets) {
  if (octets.size() > max_text / 4 * 3)
    return {};
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL adds a NUL
  const int size =
    EVP_EncodeBlock(octets_of(text), octets_of(octets), static_cast<int>(octets.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > max_text)
    return {};
  std::string octets(text.size() / 4 * 3, '\0');
  const int size =
    EVP_DecodeBlock(octets_of(octets), octets_of(text), static_cast<int>(text.size()));
  if (size < 0)
    return {};
  octets.resize(static_cast<size_t>(size));
  const bool padded = text.ends_with('=');
  const size_t padding = text.ends_with("==") ? 2 : padded ? 1 : 0;
  octets.resize(octets.size() - std::min(padding, octets.size()));
  // OpenSSL accepts more than `to_base64` writes. Such a text does not encode to itself.
  if (to_base64(octets) != text)
    return {};
  return octets;
}

} // namespace fedhub
