#include "conf/file/loader.hpp"

#include "conf/file/files.hpp"
#include "conf/file/read_config.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

namespace {

constexpr size_t max_file_octets = 16 << 20;

load_result failed(problem fault, const std::filesystem::path& file) {
  return {nullptr, {std::move(fault)}, {file}, {}};
}

} // namespace

load_result load_file(const std::filesystem::path& path) {
  auto content = read_file(path, max_file_octets);
  if (const auto* fault = std::get_if<file_fault>(&content))
    return failed({path.string(), 0, "", fault->why,
                   "a readable file of at most " + std::to_string(max_file_octets) + " octets"},
                  path);
  auto result = load_text(std::get<std::string>(content), path);
  wipe(std::get<std::string>(content)); // the text may contain a secret
  return result;
}

load_result load_text(std::string_view text, const std::filesystem::path& name) {
  const auto parsed = parse_toml(text);
  if (const auto* error = std::get_if<toml_syntax_error>(&parsed))
    return failed({name.string(), error->line, "", "a syntax error: " + error->what, "TOML 1.0"},
                  name);
  const auto& document = std::get<toml_table>(parsed);
  problem_list problems{name.string(), document};
  named_files files{name.parent_path()};
  files.add(name);
  auto value = read_config(document, files, problems);
  load_result result;
  result.problems = std::move(problems).take();
  result.secret_files = files.secret_files();
  result.files = std::move(files).take();
  if (result.problems.empty())
    result.value = std::make_shared<const config>(std::move(value));
  return result;
}

} // namespace fedhub::conf
