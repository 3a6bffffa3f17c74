#include "protocol/admin/explanation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "protocol/admin/remedy.hpp"

namespace fedhub::admin {

namespace {

constexpr std::array<std::string_view, explained_step_count> explained_step_words{
  "sender",
  "recipient",
  "federation",
  "privacy",
  "route",
  "resolver",
  "stream",
  "trust",
  "connect",
  "tls",
  "features",
  "authentication",
  "published-records",
  "published-addresses",
  "tlsa",
  "certificate",
  "reach",
  "node",
  "estate"};

nlohmann::ordered_json object_of(const explanation_row& row) {
  nlohmann::ordered_json object{{"step", to_string(row.step)}, {"result", to_string(row.result)}};
  if (row.why != failure::none)
    object["failure"] = to_string(row.why);
  object["detail"] = row.detail;
  const bool faulty = row.result == step_result::warn || row.result == step_result::fail;
  if (const auto remedy = row.remedy.empty() ? remedy_of(row.why) : std::string_view{row.remedy};
      faulty && !remedy.empty())
    object["remedy"] = remedy;
  if (!row.source.empty())
    object["source"] = row.source;
  if (row.duration_s)
    object["duration_s"] = std::round(*row.duration_s * 1e6) / 1e6;
  return object;
}

} // namespace

std::string_view to_string(explained_step step) {
  return explained_step_words[static_cast<size_t>(step)];
}

std::string_view to_string(step_result result) {
  switch (result) {
  case step_result::ok:
    return "ok";
  case step_result::warn:
    return "warn";
  case step_result::fail:
    return "fail";
  case step_result::skipped:
    break;
  }
  return "skipped";
}

bool explanation::good() const {
  return std::ranges::none_of(steps,
                              [](const auto& row) { return row.result == step_result::fail; });
}

std::string json_of(const explanation& answer) {
  nlohmann::ordered_json object{{"verdict", answer.good() ? "ok" : "fail"}};
  auto& steps = object["steps"] = nlohmann::ordered_json::array();
  for (const auto& row : answer.steps)
    steps.push_back(object_of(row));
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace fedhub::admin
