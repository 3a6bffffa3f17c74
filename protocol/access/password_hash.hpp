// Passwords as the configuration keeps them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

/// What one computation of scrypt (RFC 7914 §2) costs.
struct scrypt_cost {
  uint32_t log2_n = 15;  ///< of the cost parameter N, 10..18.
  uint32_t block = 8;    ///< r, 1..16.
  uint32_t parallel = 3; ///< p, 1..16.

  /// Returns whether the numbers are in range, and take at most 160 MiB and some seconds.
  bool bearable() const;

  friend bool operator==(const scrypt_cost&, const scrypt_cost&) = default;
};

/// The hash of one password by scrypt, in the form of passlib and other programs:
/// `$scrypt$ln=15,r=8,p=3$SALT$HASH`, both in Base64 without padding.
class password_hash {
public:
  static constexpr size_t salt_octets = 16; ///< of a new hash.
  static constexpr size_t hash_octets = 32; ///< of every hash.
  /// The longest password, in octets.
  static constexpr size_t most_password_octets = 1024;

  /// Computes the hash. Takes the time that `cost` asks for.
  /// @param salt `salt_octets` random octets.
  static password_hash of(std::string_view password, std::string salt, scrypt_cost cost = {});

  /// Parses a hash whose cost is bearable, and whose salt has 8..64 octets.
  static std::optional<password_hash> parse(std::string_view text);

  /// Returns the text that `parse` reads.
  std::string str() const;

  /// Returns whether this is the password. Takes the time that the hash's cost asks for. The time
  /// does not depend on where the hashes differ.
  bool fits(std::string_view password) const;

  friend bool operator==(const password_hash&, const password_hash&) = default;

private:
  password_hash(scrypt_cost cost, std::string salt, std::string hash)
    : cost_{cost}, salt_{std::move(salt)}, hash_{std::move(hash)} {}

  scrypt_cost cost_;
  std::string salt_;
  std::string hash_;
};

} // namespace fedhub
