#include "actors/access/access_users.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "protocol/access/access_token.hpp"

namespace fedhub {

namespace {

const conf::admin_user* user_named(const conf::admin_config& config, std::string_view name) {
  const auto found = std::ranges::find(config.users, name, &conf::admin_user::name);
  return found == config.users.end() ? nullptr : &*found;
}

} // namespace

const conf::admin_user* person_named(const conf::admin_config& config, std::string_view name) {
  const auto* user = user_named(config, name);
  return user != nullptr && user->password ? user : nullptr;
}

access_owner owner_of(const conf::admin_user& user) {
  return {.user = user.name,
          .uid = {},
          .role = user.role,
          .credential = user.password ? digest_of(user.password->str()) : *user.token};
}

std::optional<access_owner> program_with(const conf::admin_config& config,
                                         const sha256_digest& token) {
  std::optional<access_owner> found;
  for (const auto& user : config.users)
    if (user.token && CRYPTO_memcmp(user.token->data(), token.data(), token.size()) == 0)
      found = owner_of(user);
  return found;
}

bool has_rights(const conf::admin_config& config, const access_owner& owner) {
  if (owner.uid)
    return true;
  const auto* user = user_named(config, owner.user);
  return user != nullptr && owner_of(*user) == owner;
}

const password_hash& unknown_password() {
  // Nobody finds a password whose hash has only zeros.
  static const auto hash = *password_hash::parse("$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$"
                                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  return hash;
}

bool same_secret(std::string_view shown, std::string_view expected) {
  return shown.size() == expected.size()
         && CRYPTO_memcmp(shown.data(), expected.data(), expected.size()) == 0;
}

} // namespace fedhub
