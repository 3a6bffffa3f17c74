#include "protocol/access/password_hash.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "protocol/text/base64.hpp"

namespace fedhub {

namespace {

constexpr std::string_view scheme = "$scrypt$";
constexpr uint64_t most_memory = uint64_t{160} << 20;
/// Of N * r * p: eight times the default's.
constexpr uint64_t most_work = uint64_t{1} << 23;

std::string unpadded(std::string_view octets) {
  auto text = to_base64(octets);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::optional<std::string> from_unpadded(std::string_view text) {
  if (text.find('=') != text.npos)
    return {};
  std::string padded{text};
  padded.append((4 - padded.size() % 4) % 4, '=');
  return from_base64(padded);
}

/// Takes what stands before `end` off the text. @returns nothing if `end` is not there.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const auto place = text.find(end);
  if (place == text.npos)
    return {};
  const auto part = text.substr(0, place);
  text.remove_prefix(place + 1);
  return part;
}

/// Reads `NAME=NUMBER`.
std::optional<uint32_t> number_of(std::optional<std::string_view> part, std::string_view name) {
  if (!part || !part->starts_with(name))
    return {};
  part->remove_prefix(name.size());
  uint32_t number = 0;
  const auto* end = part->data() + part->size();
  const auto [rest, error] = std::from_chars(part->data(), end, number);
  if (error != std::errc{} || rest != end || part->starts_with('0'))
    return {};
  return number;
}

std::string scrypt(std::string_view password, std::string_view salt, const scrypt_cost& cost) {
  std::array<unsigned char, password_hash::hash_octets> hash{};
  if (EVP_PBE_scrypt(password.data(), password.size(),
                     reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                     uint64_t{1} << cost.log2_n, cost.block, cost.parallel, 2 * most_memory,
                     hash.data(), hash.size())
      != 1)
    throw std::runtime_error{"scrypt: no memory"};
  return {hash.begin(), hash.end()};
}

} // namespace

bool scrypt_cost::bearable() const {
  if (log2_n < 10 || log2_n > 18 || block < 1 || block > 16 || parallel < 1 || parallel > 16)
    return false;
  const auto n_r = (uint64_t{1} << log2_n) * block;
  return 128 * n_r <= most_memory && n_r * parallel <= most_work;
}

password_hash password_hash::of(std::string_view password, std::string salt, scrypt_cost cost) {
  auto hash = scrypt(password, salt, cost);
  return {cost, std::move(salt), std::move(hash)};
}

std::optional<password_hash> password_hash::parse(std::string_view text) {
  constexpr size_t least_salt = 8;
  constexpr size_t most_salt = 64;
  if (!text.starts_with(scheme))
    return {};
  text.remove_prefix(scheme.size());
  const auto log2_n = number_of(take_until(text, ','), "ln=");
  const auto block = number_of(take_until(text, ','), "r=");
  const auto parallel = number_of(take_until(text, '$'), "p=");
  const auto salt_text = take_until(text, '$');
  if (!log2_n || !block || !parallel || !salt_text)
    return {};
  const scrypt_cost cost{*log2_n, *block, *parallel};
  auto salt = from_unpadded(*salt_text);
  auto hash = from_unpadded(text);
  if (!cost.bearable() || !salt || salt->size() < least_salt || salt->size() > most_salt || !hash
      || hash->size() != hash_octets)
    return {};
  return password_hash{cost, std::move(*salt), std::move(*hash)};
}

std::string password_hash::str() const {
  return std::string{scheme} + "ln=" + std::to_string(cost_.log2_n)
         + ",r=" + std::to_string(cost_.block) + ",p=" + std::to_string(cost_.parallel) + '$'
         + unpadded(salt_) + '$' + unpadded(hash_);
}

bool password_hash::fits(std::string_view password) const {
  const auto hash = scrypt(password, salt_, cost_);
  return CRYPTO_memcmp(hash.data(), hash_.data(), hash_.size()) == 0;
}

} // namespace fedhub
