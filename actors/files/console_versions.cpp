#include "actors/files/console_versions.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

#include "actors/files/state_folder.hpp"
#include "protocol/admin/time_text.hpp"

namespace fedhub {

namespace {

namespace fs = std::filesystem;

constexpr size_t most_octets = 16 << 20; // of one file
/// Far more than the hub makes; a longer list is no history of the hub's.
constexpr size_t most_entries = 1000;
constexpr std::string_view suffix = ".toml";
constexpr std::string_view console_name = "console.toml";

/// The first line of a version's file: "# version 17 2026-11-30T15:00:00Z restored 15 by uid 0".
std::string headline(const console_version& version) {
  return "# version " + std::to_string(version.number) + ' ' + version.time
         + (version.undo ? " restored " + std::to_string(version.restored) : "") + " by "
         + version.who + '\n';
}

std::optional<uint64_t> number_in(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return {};
  return number;
}

/// Takes the text before the first `separator` off. @returns nothing if there is none.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos)
    return {};
  const auto result = text.substr(0, at);
  text.remove_prefix(at + separator.size());
  return result;
}

std::optional<console_version> parse_version(std::string_view text) {
  console_version version;
  auto line = take_until(text, "\n");
  if (!line || !line->starts_with("# version "))
    return {};
  line->remove_prefix(std::string_view{"# version "}.size());
  const auto number = take_until(*line, " ");
  auto how = number ? take_until(*line, " by ") : std::nullopt;
  if (!how || !number_in(*number))
    return {};
  version.number = *number_in(*number);
  version.who = *line;
  const auto time = take_until(*how, " restored ");
  version.undo = time.has_value();
  version.time = time ? *time : *how;
  version.restored = time ? number_in(*how).value_or(0) : 0;
  version.text = text;
  return version;
}

std::string string_of(const secret_octets& octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

tl::expected<state_folder, std::string> make(const fs::path& path) {
  auto folder = state_folder::open(path, state_use::make);
  if (!folder)
    return tl::unexpected(folder.error());
  return std::move(**folder);
}

} // namespace

tl::expected<std::vector<console_version>, std::string> console_versions::list() const {
  const auto path = state_dir_ / "layers" / "history";
  const auto folder = state_folder::open(path, state_use::look);
  if (!folder)
    return tl::unexpected(folder.error());
  std::vector<console_version> found;
  if (!*folder)
    return found;
  std::error_code error;
  fs::directory_iterator entries{path, error};
  for (size_t count = 0; !error && entries != fs::directory_iterator{}; entries.increment(error)) {
    if (++count > most_entries)
      return tl::unexpected(path.string() + ": more than " + std::to_string(most_entries)
                            + " files");
    const auto name = entries->path().filename().string();
    if (!name.ends_with(suffix) || !number_in(name.substr(0, name.size() - suffix.size())))
      continue;
    const auto content = (*folder)->read(name, most_octets);
    if (!content)
      return tl::unexpected(content.error());
    auto version = *content ? parse_version(string_of(**content)) : std::nullopt;
    if (!version)
      return tl::unexpected((path / name).string() + ": damaged: its first line names no version");
    found.push_back(std::move(*version));
  }
  if (error)
    return tl::unexpected(path.string() + ": " + error.message());
  std::ranges::sort(found, {}, &console_version::number);
  return found;
}

tl::expected<void, std::string> console_versions::write(console_version version) const {
  if (auto folder = make(state_dir_); !folder)
    return tl::unexpected(folder.error());
  const auto layers = make(state_dir_ / "layers");
  if (!layers)
    return tl::unexpected(layers.error());
  const auto known = list();
  if (!known)
    return tl::unexpected(known.error());
  const auto edited = layers->read(console_name, most_octets);
  if (!edited)
    return tl::unexpected(edited.error());
  auto next = known->empty() ? 1 : known->back().number + 1;
  version.time = admin::rfc3339(std::chrono::system_clock::now());
  const auto latest = known->empty() ? std::string{} : known->back().text;
  if (const auto there = *edited ? string_of(**edited) : std::string{}; there != latest) {
    if (auto done = keep({.time = version.time, .who = "an editor", .text = there}, next++); !done)
      return done;
  }
  const auto text = version.text;
  if (auto done = keep(std::move(version), next); !done)
    return done;
  if (auto done = layers->replace(console_name, text); !done)
    return done;
  // An old version that can't be removed now is removed after another change.
  std::error_code ignored;
  for (const auto& old : *known)
    if (old.number + most <= next)
      fs::remove(state_dir_ / "layers" / "history" / (std::to_string(old.number) + ".toml"),
                 ignored);
  return {};
}

tl::expected<void, std::string> console_versions::keep(console_version version,
                                                       uint64_t number) const {
  const auto folder = make(state_dir_ / "layers" / "history");
  if (!folder)
    return tl::unexpected(folder.error());
  version.number = number;
  return folder->replace(std::to_string(number) + std::string{suffix},
                         headline(version) + version.text);
}

std::optional<console_version>
console_versions::undo_of(const std::vector<console_version>& versions) {
  if (versions.empty())
    return {};
  const auto& last = versions.back();
  const auto state = last.undo ? last.restored : last.number;
  if (state == 0)
    return {};
  console_version result{.restored = state - 1, .undo = true};
  if (state == 1)
    return result; // there was no file
  const auto before = std::ranges::find(versions, state - 1, &console_version::number);
  if (before == versions.end())
    return {};
  // A version that is an undo itself has the content of the one that it restored.
  result.text = before->text;
  if (before->undo)
    result.restored = before->restored;
  return result;
}

} // namespace fedhub
