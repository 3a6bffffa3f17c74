#include "conf/file/loader.hpp"

#include "conf/file/file_only.hpp"
#include "conf/file/files.hpp"
#include "conf/file/layer_files.hpp"
#include "conf/file/read_config.hpp"

namespace fedhub::conf {

namespace {

/// Reads the sum of the layers, all of which could be parsed.
load_result load(layer_files read) {
  auto sum = std::make_shared<layer_sum>();
  std::vector<std::filesystem::path> layers;
  for (const auto& each : read.layers)
    layers.push_back(each.file);
  named_files files{layers};
  problem_list problems{std::move(layers), sum->document()};
  for (auto& each : read.layers) {
    check_file_only(each, problems);
    sum->add(std::move(each.file), std::move(each.document));
  }
  sum->finish();
  for (const auto& fault : sum->faults())
    problems.add_at({fault.layer, fault.line}, fault.key, fault.found, fault.allowed);
  problems.leave_out(sum->more_faults());
  for (auto& path : read.looked_at)
    files.add(std::move(path));
  auto value = read_config(sum->document(), files, problems);
  load_result result;
  result.more_problems = problems.more();
  result.problems = std::move(problems).take();
  result.secret_files = files.secret_files();
  result.files = std::move(files).take();
  result.warnings = sum->warnings();
  result.sum = std::move(sum);
  if (result.problems.empty())
    result.value = std::make_shared<const config>(std::move(value));
  return result;
}

} // namespace

load_result load_file(const std::filesystem::path& path,
                      const std::optional<std::string_view>& console) {
  auto read = read_layers(path, console);
  if (!read.problems.empty()) {
    const auto more = keep_first(read.problems);
    return {.value = nullptr,
            .problems = std::move(read.problems),
            .files = std::move(read.looked_at),
            .secret_files = {},
            .more_problems = more};
  }
  return load(std::move(read));
}

load_result load_text(std::string_view text, const std::filesystem::path& name) {
  auto parsed = parse_toml(text);
  if (const auto* error = std::get_if<toml_syntax_error>(&parsed))
    return {nullptr,
            {{name.string(), error->line, "", "a syntax error: " + error->what, "TOML 1.0"}},
            {name},
            {}};
  layer_files read;
  read.looked_at.push_back(name);
  read.layers.push_back({layer_kind::first, name, std::get<toml_table>(std::move(parsed))});
  return load(std::move(read));
}

} // namespace fedhub::conf
