#include "conf/file/layer_files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "conf/file/files.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub::conf {

namespace {

namespace fs = std::filesystem;

/// Of one file, and of all together.
constexpr size_t max_file_octets = 16 << 20;
constexpr size_t max_octets = 64 << 20;

/// Reads the files one after the other into `result`.
class layer_reader {
public:
  explicit layer_reader(layer_files& result) : result_(result) {}

  /// @param may_miss it is no problem if there is no such file.
  void read(layer_kind kind, const fs::path& file, bool may_miss) {
    result_.looked_at.push_back(file);
    auto content = read_file(file, max_file_octets);
    if (const auto* fault = std::get_if<file_fault>(&content)) {
      if (!fault->missing || !may_miss)
        report(file, 0, fault->why,
               "a readable file of at most " + std::to_string(max_file_octets) + " octets");
      return;
    }
    auto& text = std::get<std::string>(content);
    parse(kind, file, text);
    wipe(text); // it may contain a secret
  }

  void parse(layer_kind kind, const fs::path& file, std::string_view text) {
    octets_ += text.size();
    if (octets_ > max_octets)
      return report(file, 0, "more than " + std::to_string(max_octets) + " octets in all files",
                    "at most as many");
    auto parsed = parse_toml(text, static_cast<uint32_t>(result_.layers.size()));
    if (const auto* error = std::get_if<toml_syntax_error>(&parsed))
      return report(file, error->line, "a syntax error: " + error->what, "TOML 1.0");
    result_.layers.push_back({kind, file, std::get<toml_table>(std::move(parsed))});
  }

  void read_extra(const fs::path& folder) {
    result_.looked_at.push_back(folder);
    std::error_code error;
    fs::directory_iterator entries{folder, error};
    if (error == std::errc::no_such_file_or_directory)
      return;
    std::vector<fs::path> files;
    for (const fs::directory_iterator end; !error && entries != end; entries.increment(error)) {
      const auto name = entries->path().filename().native();
      if (!name.ends_with(".toml") || name.starts_with('.'))
        continue;
      files.push_back(entries->path());
      if (files.size() > max_extra_files)
        return report(folder, 0, "more than " + std::to_string(max_extra_files) + " files *.toml",
                      "at most as many");
    }
    if (error)
      return report(folder, 0, error.message(), "a folder that can be read, or none");
    std::ranges::sort(files, {}, [](const fs::path& file) { return file.native(); });
    for (const auto& file : files)
      read(layer_kind::extra, file, false);
  }

private:
  void report(const fs::path& file, uint32_t line, std::string found, std::string allowed) {
    result_.problems.push_back({file.string(), line, "", std::move(found), std::move(allowed)});
  }

  layer_files& result_;
  size_t octets_ = 0;
};

/// Returns `hub.state_dir` as the last of the layers has it; empty if no path can be made of it.
fs::path state_dir_of(const std::vector<layer>& layers) {
  auto result = resolve_path(layers.front().file.parent_path(), hub_config{}.state_dir.string());
  for (const auto& each : layers) {
    const auto* hub = find(each.document, "hub");
    const auto* table = hub ? std::get_if<toml_table>(&hub->value.data) : nullptr;
    if (!table || !find(*table, "state_dir"))
      continue;
    const auto* text = find_string(*table, "state_dir");
    result = text ? resolve_path(each.file.parent_path(), *text) : std::nullopt;
  }
  return result.value_or("");
}

} // namespace

fs::path extra_folder_of(const fs::path& first) {
  auto folder = first;
  return folder.replace_extension(".d");
}

fs::path console_file_in(const fs::path& state_dir) {
  return state_dir / "layers" / "console.toml";
}

fs::path estate_file_in(const fs::path& state_dir) { return state_dir / "layers" / "estate.toml"; }

layer_files read_layers(const fs::path& first, const std::optional<std::string_view>& console) {
  layer_files result;
  layer_reader reader{result};
  reader.read(layer_kind::first, first, false);
  reader.read_extra(extra_folder_of(first));
  if (!result.problems.empty())
    return result;
  result.state_dir = state_dir_of(result.layers);
  if (result.state_dir.empty()) // the reader of [hub] reports it
    return result;
  reader.read(layer_kind::estate, estate_file_in(result.state_dir), true);
  const auto console_file = console_file_in(result.state_dir);
  if (!console)
    reader.read(layer_kind::console, console_file, true);
  else {
    result.looked_at.push_back(console_file);
    reader.parse(layer_kind::console, console_file, *console);
  }
  return result;
}

} // namespace fedhub::conf
