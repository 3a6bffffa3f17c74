#include "protocol/negotiation/dialback.hpp"

#include <array>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <span>

#include "protocol/text/clip.hpp"
#include "protocol/text/hex.hpp"

namespace fedhub {

namespace {

constexpr size_t sha256_octets = 32;
constexpr size_t stream_id_octets = 16;
constexpr size_t shown_key_octets = 6;

/// Aborts if an operation of OpenSSL failed. Digests and random numbers fail only if the library is
/// unusable, and a key or id made then would be the same for everybody.
void require(bool success) {
  if (!success)
    std::abort();
}

std::string hex_sha256(std::string_view text) {
  std::array<unsigned char, sha256_octets> digest;
  size_t length = 0;
  require(EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest.data(), &length)
            == 1
          && length == digest.size());
  return to_hex(digest);
}

std::string hex_hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, sha256_octets> digest;
  size_t length = 0;
  const auto* input = reinterpret_cast<const unsigned char*>(text.data());
  require(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), input,
                    text.size(), digest.data(), digest.size(), &length)
            != nullptr
          && length == digest.size());
  return to_hex(digest);
}

/// Returns the text for the key, with domains in the form that all servers know. A server that maps
/// names by IDNA2003 uses that form when it asks about a key, whatever form the key was sent with.
std::string key_text(const domain_pair& pair, std::string_view stream_id) {
  return pair.to.transitional().str() + " " + pair.from.transitional().str() + " "
         + std::string{stream_id};
}

} // namespace

dialback_keys::dialback_keys(std::string_view secret, std::span<const std::string> previous)
  : hmac_keys_{hex_sha256(secret)} {
  for (const auto& older : previous)
    hmac_keys_.push_back(hex_sha256(older));
}

dialback_keys::~dialback_keys() {
  for (auto& key : hmac_keys_)
    OPENSSL_cleanse(key.data(), key.size());
}

std::string dialback_keys::make(const domain_pair& pair, std::string_view stream_id) const {
  return hex_hmac_sha256(hmac_keys_.front(), key_text(pair, stream_id));
}

bool dialback_keys::check(const domain_pair& pair, std::string_view stream_id,
                          std::string_view key) const {
  const auto text = key_text(pair, stream_id);
  bool valid = false;
  for (const auto& hmac_key : hmac_keys_) { // checks all secrets, even after a match
    const auto good = hex_hmac_sha256(hmac_key, text);
    valid |= key.size() == good.size() && CRYPTO_memcmp(key.data(), good.data(), good.size()) == 0;
  }
  return valid;
}

std::string shorten_key(std::string_view key) {
  if (key.size() <= shown_key_octets)
    return "…";
  return std::string{clip(key, shown_key_octets)} + "…";
}

std::string make_stream_id() {
  // OpenSSL's generator takes about the same time for the octets of dozens of ids as for one.
  thread_local std::array<unsigned char, 64 * stream_id_octets> octets;
  thread_local size_t left = 0;
  if (left == 0) {
    require(RAND_bytes(octets.data(), octets.size()) == 1);
    left = octets.size();
  }
  left -= stream_id_octets;
  const auto own = std::span{octets}.subspan(left, stream_id_octets);
  auto id = to_hex(own);
  OPENSSL_cleanse(own.data(), own.size());
  return id;
}

} // namespace fedhub
