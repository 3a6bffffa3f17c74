#include "actors/log/log_facts.hpp"

#include <cmath>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "protocol/text/printable_text.hpp"

namespace fedhub {

namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(printable(text, log_facts::value_octets))
    .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

void log_facts::add_raw(std::string_view name, std::string_view value) {
  if (members_.size() + name.size() + value.size() > line_octets) {
    ++left_out_;
    return;
  }
  members_.append(",\"").append(name).append("\":").append(value);
}

void log_facts::add_text(std::string_view name, std::string_view text) {
  if (!text.empty())
    add_raw(name, json_text(text));
}

void log_facts::add_seconds(std::string_view name, double seconds) {
  constexpr double microseconds = 1e6;
  add_raw(name, nlohmann::json(std::round(seconds * microseconds) / microseconds).dump());
}

void log_facts::add_failure(std::string_view name, failure why) {
  if (why == failure::none)
    return;
  add_text(name, to_string(why));
  add_text("stage", stage_of(why));
}

void log_facts::add_pair(std::string_view name, const domain_pair& pair) {
  add_raw(name, R"({"from":)" + json_text(pair.from.str()) + R"(,"to":)" + json_text(pair.to.str())
                  + "}");
}

void log_facts::add_list(std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty())
    return;
  std::string all;
  size_t more = texts.size();
  for (auto& one : texts) {
    auto item = json_text(one);
    if (all.size() + item.size() > value_octets)
      break;
    all.append(all.empty() ? "" : ",").append(item);
    --more;
  }
  if (more > 0)
    all.append(all.empty() ? "" : ",").append(json_text(fmt::format("… ({} more)", more)));
  add_raw(name, "[" + all + "]");
}

std::string log_facts::take() {
  if (left_out_ > 0)
    members_.append(",\"facts_left_out\":").append(std::to_string(left_out_));
  left_out_ = 0;
  return std::exchange(members_, {});
}

} // namespace fedhub
