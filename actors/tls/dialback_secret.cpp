#include "actors/tls/dialback_secret.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "protocol/text/hex.hpp"

namespace fedhub {

namespace {

constexpr std::string_view file_name = "dialback-secret";
constexpr size_t random_octets = 32;
constexpr size_t digits = 2 * random_octets;

using maybe_secret = tl::expected<std::optional<conf::secret>, std::string>;

maybe_secret read(const state_folder& folder) {
  // More than the size of a valid file, so that a file of another size is noticed.
  const auto content = folder.read(file_name, 65536);
  if (!content)
    return tl::unexpected(content.error());
  if (!*content)
    return std::optional<conf::secret>{};
  const std::string_view text{reinterpret_cast<const char*>((*content)->data()),
                              (*content)->size()};
  const bool whole = text.size() == digits + 1 && text.back() == '\n'
                     && text.find_first_not_of("0123456789abcdef") == digits;
  if (!whole)
    return tl::unexpected(folder.path_of(file_name).string() + ": damaged: found "
                          + std::to_string(text.size()) + " octets; allowed "
                          + std::to_string(digits)
                          + " hexadecimal digits and a line end. Restore it, or remove it so that "
                            "the hub makes a new secret");
  return std::optional{conf::secret{std::string{text.substr(0, digits)}}};
}

/// Creates the file. @returns an error, or nothing.
tl::expected<void, std::string> make(const state_folder& folder) {
  std::array<unsigned char, random_octets> random{};
  if (RAND_priv_bytes(random.data(), random.size()) != 1)
    return tl::unexpected(folder.path_of(file_name).string() + ": no random octets are available");
  auto text = to_hex(random) + "\n";
  OPENSSL_cleanse(random.data(), random.size());
  auto made = folder.create(file_name, text);
  conf::wipe(text);
  return std::move(made).map([](bool) {});
}

} // namespace

maybe_secret kept_dialback_secret(const std::filesystem::path& state_dir, state_use use) {
  const auto folder = state_folder::open(state_dir, use);
  if (!folder)
    return tl::unexpected(folder.error());
  if (!*folder)
    return std::optional<conf::secret>{};
  auto found = read(**folder);
  if (!found || *found)
    return found;
  if (use == state_use::look)
    return (*folder)->check_writable().map([] { return std::optional<conf::secret>{}; });
  if (auto made = make(**folder); !made)
    return tl::unexpected(made.error());
  // The file now comes from this process, or from another one that was faster.
  found = read(**folder);
  if (found && !*found)
    return tl::unexpected((*folder)->path_of(file_name).string() + ": has just been removed");
  return found;
}

} // namespace fedhub
