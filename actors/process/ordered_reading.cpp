#include "actors/process/ordered_reading.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/files/console_versions.hpp"
#include "conf/file/config_listing.hpp"
#include "conf/file/config_patch.hpp"
#include "conf/file/layer_files.hpp"
#include "conf/file/toml_writer.hpp"

namespace fedhub {

namespace {

using action = configuration_order::action;

constexpr std::string_view console_heading =
  "# Written by fedhub: changes through its API. `fedhubctl config` changes them.\n";

/// A version to write, or why there is none.
using draft = std::variant<console_version, configuration_outcome>;

configuration_outcome refusal(unsigned status, std::string detail) {
  configuration_outcome outcome;
  outcome.status = status;
  outcome.detail = std::move(detail);
  return outcome;
}

/// @param more problems that are not among these.
configuration_outcome refusal_of(std::vector<conf::problem> problems, std::string detail,
                                 size_t more = 0) {
  more += conf::keep_first(problems);
  if (more > 0)
    detail += "; " + conf::more_text(more);
  auto outcome = refusal(422, std::move(detail));
  outcome.problems = std::move(problems);
  return outcome;
}

configuration_read without_files(configuration_outcome outcome) {
  configuration_read result;
  result.ordered = std::make_shared<configuration_outcome>(std::move(outcome));
  return result;
}

std::vector<conf::changed_key> bounded(std::vector<conf::changed_key> changes) {
  if (changes.size() > configuration_outcome::most_changes)
    changes.resize(configuration_outcome::most_changes);
  return changes;
}

/// Returns the answer to an order for a configuration as it was read.
configuration_outcome outcome_of(const configuration_read& read, const settings& old) {
  configuration_outcome result;
  if (!read.fault.empty())
    result = refusal_of(read.loaded.problems, read.fault);
  result.warnings = read.warnings;
  result.version = old.version;
  if (result.status != 200 || !old.sum)
    return result;
  auto changes = conf::compare_keys(*old.sum, *read.loaded.sum);
  result.change_count = changes.size();
  result.changes = bounded(std::move(changes));
  return result;
}

/// Returns the version that a patch makes.
draft patched(const std::filesystem::path& file, const std::string& patch) {
  auto read = conf::read_layers(file);
  if (!read.problems.empty())
    return refusal_of(std::move(read.problems), "the configuration's files have problems");
  conf::toml_table console;
  conf::layer_sum below;
  for (auto& layer : read.layers)
    if (layer.kind == conf::layer_kind::console)
      console = std::move(layer.document);
    else
      below.add(std::move(layer.file), std::move(layer.document));
  below.finish();
  auto result =
    conf::patch_console(patch, std::move(console), below, conf::console_file_in(read.state_dir));
  if (!result.problems.empty())
    return refusal_of(std::move(result.problems), "the change has problems", result.more_problems);
  console_version version;
  version.text = std::string{console_heading} + conf::to_toml(result.document);
  return version;
}

draft undone(const console_versions& versions) {
  const auto known = versions.list();
  if (!known)
    return refusal(503, known.error());
  if (auto version = console_versions::undo_of(*known))
    return std::move(*version);
  return refusal(409, "there is no change to undo");
}

/// Returns what a version's file sets; nothing if an editor has left no TOML.
conf::toml_table document_of(const console_version* version) {
  auto parsed = conf::parse_toml(version ? version->text : "");
  if (auto* document = std::get_if<conf::toml_table>(&parsed))
    return std::move(*document);
  return {};
}

configuration_outcome history_of(const console_versions& versions, const settings& old,
                                 const configuration_order& order) {
  const auto known = versions.list();
  if (!known)
    return refusal(503, known.error());
  configuration_outcome outcome;
  outcome.version = old.version;
  outcome.history_count = std::min(known->size(), console_versions::most);
  const auto end = order.first + std::min(order.limit, console_versions::most);
  for (auto number = order.first; number < std::min(end, outcome.history_count); ++number) {
    const auto& version = (*known)[known->size() - 1 - number];
    const auto* before = &version == &known->front() ? nullptr : &version - 1;
    outcome.history.push_back(
      {version.number, version.time, version.who, version.undo,
       bounded(conf::compare_documents(document_of(before), document_of(&version)))});
  }
  return outcome;
}

/// Judges a version, and writes it unless that is not wanted.
configuration_read put_on_disk(const std::filesystem::path& file, const settings& old,
                               const configuration_order& order, const console_versions& versions,
                               console_version version, std::atomic<order_stage>& stage) {
  auto result = read_configuration(file, old, version.text);
  result.ordered = std::make_shared<configuration_outcome>(outcome_of(result, old));
  auto watch = std::exchange(result.watch, nullptr);
  auto judging = order_stage::judging;
  if (result.ordered->status != 200 || order.dry_run
      || !stage.compare_exchange_strong(judging, order_stage::writing))
    return result;
  version.who = order.who;
  if (auto done = versions.write(std::move(version)); !done) {
    *result.ordered = refusal(503, "the change can't be written: " + done.error());
    return result;
  }
  watch->accept(conf::console_file_in(old.config.hub.state_dir));
  result.watch = std::move(watch);
  return result;
}

} // namespace

configuration_read read_ordered(const std::filesystem::path& file, const settings& old,
                                const configuration_order& order, std::atomic<order_stage>& stage) {
  if (order.what == action::reload) {
    auto result = read_configuration(file, old);
    result.ordered = std::make_shared<configuration_outcome>(outcome_of(result, old));
    return result;
  }
  // `hub.state_dir` needs a restart, so a configuration with another folder is refused.
  const console_versions versions{old.config.hub.state_dir};
  if (order.what == action::list)
    return without_files(history_of(versions, old, order));
  auto version = order.what == action::patch ? patched(file, order.patch) : undone(versions);
  if (auto* refused = std::get_if<configuration_outcome>(&version))
    return without_files(std::move(*refused));
  return put_on_disk(file, old, order, versions, std::get<console_version>(std::move(version)),
                     stage);
}

} // namespace fedhub
