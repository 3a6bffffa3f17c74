// The values that several tables of the configuration share.
#include <algorithm>

#include "conf/files.hpp"
#include "conf/read_config.hpp"

namespace fedhub::conf {

namespace {

constexpr size_t max_secret_octets = 4096;

/// The file's content without the line end that editors and `echo` leave.
std::optional<secret> secret_in_file(table_reader& table, const std::string& key,
                                     const std::filesystem::path& path) {
  const auto allowed = "a file of 1.." + std::to_string(max_secret_octets) + " octets";
  auto content = read_file(path, max_secret_octets);
  if (const auto* fault = std::get_if<file_fault>(&content)) {
    table.report(key, in_quotes(path.string()) + ", " + fault->why, allowed);
    return {};
  }
  auto& octets = std::get<std::string>(content);
  if (octets.ends_with('\n'))
    octets.pop_back();
  if (octets.ends_with('\r'))
    octets.pop_back();
  if (octets.empty()) {
    table.report(key, in_quotes(path.string()) + ", which is empty", allowed);
    return {};
  }
  return secret{std::move(octets)};
}

} // namespace

std::optional<secret> read_secret(table_reader& table, std::string_view key,
                                  const std::filesystem::path& folder) {
  const auto file_key = std::string{key} + "_file";
  auto octets = table.secret_text(key);
  const auto path = readable_file(table, file_key, folder);
  if (table.has(key) && table.has(file_key)) {
    table.report(file_key, "together with " + std::string{key}, "one of the two");
    return {};
  }
  if (octets)
    return secret{std::move(*octets)};
  if (path)
    return secret_in_file(table, file_key, *path);
  return {};
}

std::optional<std::filesystem::path> readable_file(table_reader& table, std::string_view key,
                                                   const std::filesystem::path& folder) {
  if (!table.has(key))
    return {};
  std::filesystem::path path;
  const auto resolve = [&](std::string_view text) { return resolve_path(folder, text); };
  if (!table.parsed(key, path, resolve, "path of a file"))
    return {};
  if (const auto fault = check_readable(path)) {
    table.report(key, in_quotes(path.string()) + ", " + fault->why, "a file that can be read");
    return {};
  }
  return path;
}

std::optional<domain_pattern> parse_limited_pattern(std::string_view text) {
  auto pattern = domain_pattern::parse(text);
  if (pattern && pattern->base().empty())
    return {};
  return pattern;
}

std::optional<std::string> parse_name(std::string_view text) {
  const auto control = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; };
  if (text.empty() || text.size() > 128 || std::ranges::any_of(text, control))
    return {};
  return std::string{text};
}

} // namespace fedhub::conf
