#include "conf/file/row_identity.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "conf/file/files.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub::conf {

namespace {

constexpr std::array<std::pair<std::string_view, row_identity>, 8> arrays_with_identity{{
  {"node", row_identity::name},
  {"admin.user", row_identity::name},
  {"edge", row_identity::name},
  {"core", row_identity::name},
  {"imp", row_identity::name},
  {"tls.certificate", row_identity::chain_file},
  {"trust", row_identity::domain},
  {"static_route", row_identity::domain_and_address},
}};

std::string normal_domain(std::string_view text) {
  const auto pattern = domain_pattern::parse(text);
  return pattern ? pattern->str() : std::string{text};
}

std::string normal_address(std::string_view text) {
  const auto address = host_address::parse(text, s2s_port);
  return address ? address->str() : std::string{text};
}

toml_member text_member(std::string_view key, std::string_view text, uint32_t layer) {
  return {std::string{key}, 0, {std::string{text}, 0, layer}};
}

} // namespace

std::optional<row_identity> row_identity_at(std::string_view key) {
  for (const auto& [array, kind] : arrays_with_identity)
    if (array == key)
      return kind;
  return {};
}

std::optional<std::string> identity_of(row_identity kind, const toml_table& row,
                                       const std::filesystem::path& folder) {
  const auto with = [&](std::string_view key, auto normalise) -> std::optional<std::string> {
    const auto* text = find_string(row, key);
    return text ? std::optional{normalise(*text)} : std::nullopt;
  };
  switch (kind) {
  case row_identity::name:
    return with("name", [](const std::string& text) { return text; });
  case row_identity::chain_file:
    return with("chain_file", [&](const std::string& text) {
      const auto path = resolve_path(folder, text);
      return path ? path->string() : text;
    });
  case row_identity::domain:
    return with("domain", normal_domain);
  case row_identity::domain_and_address: {
    const auto domain = with("domain", normal_domain);
    const auto address = with("address", normal_address);
    if (!domain || !address)
      return {};
    return *domain + ' ' + *address;
  }
  }
  return {};
}

std::string normalised_identity(row_identity kind, std::string_view text) {
  if (kind == row_identity::domain)
    return normal_domain(text);
  if (kind != row_identity::domain_and_address)
    return std::string{text};
  const auto space = text.find(' ');
  if (space == std::string_view::npos)
    return std::string{text};
  return normal_domain(text.substr(0, space)) + ' ' + normal_address(text.substr(space + 1));
}

std::optional<toml_table> row_of_identity(row_identity kind, std::string_view text,
                                          uint32_t layer) {
  if (text.empty())
    return {};
  switch (kind) {
  case row_identity::name:
    return toml_table{text_member("name", text, layer)};
  case row_identity::chain_file:
    return toml_table{text_member("chain_file", text, layer)};
  case row_identity::domain:
    return toml_table{text_member("domain", text, layer)};
  case row_identity::domain_and_address: {
    const auto space = text.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == text.size())
      return {};
    return toml_table{text_member("address", text.substr(space + 1), layer),
                      text_member("domain", text.substr(0, space), layer)};
  }
  }
  return {};
}

} // namespace fedhub::conf
