// [admin]: the API, and who may use it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/access/password_hash.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub::conf {

/// What a user of the API may do. Each role includes the one before it.
enum class admin_role : uint8_t {
  viewer, ///< look at everything but the audit and captured streams.
  full,   ///< "operator" in files and answers: do everything.
};
/// Returns "viewer" or "operator".
std::string_view to_string(admin_role role);

/// [[admin.user]]: a person with a password, or a program with a token; never both.
struct admin_user {
  std::string name;
  std::optional<password_hash> password;
  std::optional<sha256_digest> token; ///< SHA-256 of the token.
  admin_role role = admin_role::viewer;

  friend bool operator==(const admin_user&, const admin_user&) = default;
};

/// [admin]
struct admin_config {
  /// The most users.
  static constexpr size_t most_users = 256;

  /// The Unix socket of the API. Empty: `admin.sock` in $RUNTIME_DIRECTORY, else in `state_dir`.
  std::filesystem::path socket;
  /// The group that owns the socket, if there is such a group; empty: none.
  std::string group = "fedhub-admin";
  /// Names that clients of `listen.admin` may use in the URL, beside the listener's address and the
  /// names of its certificate. Lower case.
  std::vector<std::string> hosts;
  /// The certificate of `listen.admin`. Empty: the hub's first one.
  std::filesystem::path chain_file;
  std::filesystem::path key_file;   ///< empty as `chain_file` is.
  uint32_t history_days = 30;       ///< how long events are kept, 1..3650.
  uint32_t history_mebibytes = 256; ///< the most that events take on the disk, 16..65536.
  /// Files that have changed are applied without SIGHUP.
  bool auto_reload = true;
  std::vector<admin_user> users;

  friend bool operator==(const admin_config&, const admin_config&) = default;
};

} // namespace fedhub::conf
