// Reads the kinds of values that several tables of the configuration share.
#include <algorithm>

#include "conf/file/read_config.hpp"

namespace fedhub::conf {

namespace {

constexpr size_t max_secret_octets = 4096;

/// Adds a file to the configuration's files. Reports a file that cannot be opened.
/// @param report is called with the value found and the values allowed.
template <class Report>
bool check_file(const std::filesystem::path& path, named_files& files, Report report) {
  files.add(path);
  const auto fault = check_readable(path);
  if (fault)
    report(in_quotes(path.string()) + ", " + fault->why, "a file that can be read");
  return !fault;
}

/// Returns the lines of a text that are not empty, without their line ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (!line.empty())
      result.push_back(line);
  }
  return result;
}

/// Returns whether a text has NUL octets and, apart from them, only white space, as a file often
/// does after a crash of the machine.
bool is_zeroed(std::string_view text) {
  return text.find('\0') != text.npos
         && text.find_first_not_of(std::string_view{"\0 \t\r\n", 5}) == text.npos;
}

/// Reads the secrets in a file, one per line. Reports a file longer than `max_count` secrets could
/// be, and a file with more secrets.
std::vector<secret> secrets_in_file(table_reader& table, const std::string& key, size_t max_count,
                                    const std::filesystem::path& path) {
  const auto allowed = "a file of at most " + std::to_string(max_count) + " lines of at most "
                       + std::to_string(max_secret_octets) + " octets";
  const auto refuse = [&](const std::string& why) {
    table.report(key, in_quotes(path.string()) + ", " + why, allowed);
    return std::vector<secret>{};
  };
  // Two octets for each line end.
  auto content = read_file(path, max_count * (max_secret_octets + 2));
  if (const auto* fault = std::get_if<file_fault>(&content))
    return refuse(fault->why);
  const auto lines = lines_of(std::get<std::string>(content));
  std::vector<secret> result;
  if (lines.size() > max_count)
    return refuse(std::to_string(lines.size()) + " lines");
  for (const auto line : lines) {
    if (line.size() > max_secret_octets)
      return refuse("a line of " + std::to_string(line.size()) + " octets");
    if (is_zeroed(line))
      return refuse("a line of NUL octets");
    result.emplace_back(std::string{line});
  }
  wipe(std::get<std::string>(content));
  return result;
}

/// Reads the file's content without the final line end, which editors and `echo` write.
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
  if (is_zeroed(octets)) {
    table.report(key, in_quotes(path.string()) + ", which contains only NUL octets", allowed);
    return {};
  }
  return secret{std::move(octets)};
}

} // namespace

std::optional<secret> read_secret(table_reader& table, std::string_view key, named_files& files) {
  const auto file_key = std::string{key} + "_file";
  auto octets = table.secret_text(key);
  const auto path = readable_file(table, file_key, files);
  if (table.has(key) && table.has(file_key)) {
    table.report(file_key, "together with " + std::string{key}, "one of the two");
    return {};
  }
  if (octets) {
    files.mark_inline_secret(table.layer_of(key));
    return secret{std::move(*octets)};
  }
  if (!path)
    return {};
  files.mark_secret(*path);
  return secret_in_file(table, file_key, *path);
}

std::vector<secret> read_secrets(table_reader& table, std::string_view key, size_t max_count,
                                 named_files& files) {
  const auto file_key = std::string{key} + "_file";
  auto texts = table.secret_texts(key, max_count);
  const auto path = readable_file_or_none(table, file_key, files);
  if (table.has(key) && table.has(file_key)) {
    table.report(file_key, "together with " + std::string{key}, "one of the two");
    return {};
  }
  if (path) {
    files.mark_secret(*path);
    return secrets_in_file(table, file_key, max_count, *path);
  }
  if (!texts.empty())
    files.mark_inline_secret(table.layer_of(key));
  std::vector<secret> result;
  result.reserve(texts.size());
  for (auto& text : texts)
    result.emplace_back(std::move(text));
  return result;
}

std::optional<std::filesystem::path> readable_file(table_reader& table, std::string_view key,
                                                   named_files& files) {
  if (!table.has(key))
    return {};
  std::filesystem::path path;
  const auto resolve = [&](std::string_view text) {
    return resolve_path(files.folder(table.layer_of(key)), text);
  };
  if (!table.parsed(key, path, resolve, file_allowed))
    return {};
  const auto report = [&](auto found, auto allowed) {
    table.report(key, std::move(found), allowed);
  };
  if (!check_file(path, files, report))
    return {};
  return path;
}

std::optional<std::filesystem::path>
readable_file_or_none(table_reader& table, std::string_view key, named_files& files) {
  if (table.is_empty_string(key))
    return {};
  return readable_file(table, key, files);
}

std::vector<std::filesystem::path> readable_files(table_reader& table, std::string_view key,
                                                  named_files& files) {
  std::vector<std::filesystem::path> result;
  const auto resolve = [&](std::string_view text) {
    return resolve_path(files.folder(table.layer_of(key)), text);
  };
  table.list(key, result, resolve, file_allowed);
  for (size_t i = 0; i < result.size(); ++i)
    if (!result[i].empty()) // an empty path was refused
      check_file(result[i], files, [&](auto found, auto allowed) {
        table.report_element(key, i, std::move(found), allowed);
      });
  return result;
}

std::optional<domain_pattern> parse_limited_pattern(std::string_view text) {
  auto pattern = domain_pattern::parse(text);
  if (pattern && pattern->base().empty())
    return {};
  return pattern;
}

std::optional<ip_endpoint> parse_dns_server(std::string_view text) {
  const auto address = ip_endpoint::parse(text, 53);
  return address && address->port != 0 ? address : std::nullopt;
}

std::optional<std::string> parse_name(std::string_view text) {
  const auto control = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; };
  if (text.empty() || text.size() > 128 || std::ranges::any_of(text, control))
    return {};
  return std::string{text};
}

} // namespace fedhub::conf
