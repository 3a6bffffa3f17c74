#include "actors/admin/api_body.hpp"

#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "metrics/http/http_media_type.hpp"

namespace fedhub {

namespace {

using nlohmann::json;

struct parsed_body {
  json value;
  std::string repeated; ///< a member's name that is there twice; empty: none.
};

/// Reads a text whose members, if it is an object, should have unique names. @returns a discarded
/// value if it is not JSON.
parsed_body parse(std::string_view text) {
  parsed_body result;
  std::set<std::string> names;
  const auto note = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1
        && !names.insert(parsed.get<std::string>()).second)
      result.repeated = parsed.get<std::string>();
    return true;
  };
  result.value = json::parse(text, note, false);
  return result;
}

} // namespace

api_body::api_body(const http_request& request, presence needed)
  : left_{std::make_unique<json>(json::object())} {
  if (request.body.empty() && needed == presence::optional)
    return;
  read(request);
}

void api_body::read(const http_request& request) {
  if (request.body.size() > most_octets)
    return refuse(413, "the body has " + std::to_string(request.body.size())
                         + " octets; allowed: " + std::to_string(most_octets) + " at most");
  if (!has_utf8_body_of(request.headers, "application/json"))
    return refuse(415, "the body needs Content-Type: application/json");
  auto [value, repeated] = parse(request.body);
  if (value.is_discarded())
    return refuse(400, "the body is not JSON");
  if (!value.is_object())
    return refuse(400, "the body is not a JSON object");
  if (!repeated.empty())
    return refuse(400, "the member " + in_quotes(repeated) + " is there twice");
  *left_ = std::move(value);
}

api_body::~api_body() = default;

std::unique_ptr<json> api_body::take(std::string_view name) {
  const auto found = left_->find(std::string{name});
  if (found == left_->end())
    return nullptr;
  auto value = std::make_unique<json>(std::move(*found));
  left_->erase(found);
  return value;
}

std::optional<std::string> api_body::take_text(std::string_view name) {
  const auto value = take(name);
  if (!value)
    return {};
  if (value->is_string())
    return value->get<std::string>();
  refuse(std::string{name} + " is not a text");
  return {};
}

std::optional<bool> api_body::take_flag(std::string_view name) {
  const auto value = take(name);
  if (!value)
    return {};
  if (value->is_boolean())
    return value->get<bool>();
  refuse(std::string{name} + " is neither true nor false");
  return {};
}

std::optional<int64_t> api_body::take_integer(std::string_view name, int64_t least, int64_t most) {
  const auto value = take(name);
  if (!value)
    return {};
  const bool fits =
    value->is_number_integer()
    && !(value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
  if (fits && value->get<int64_t>() >= least && value->get<int64_t>() <= most)
    return value->get<int64_t>();
  refuse(std::string{name} + " is " + in_quotes(value->dump(-1, ' ', true))
         + "; allowed: " + std::to_string(least) + ".." + std::to_string(most));
  return {};
}

std::optional<std::vector<std::string>> api_body::take_texts(std::string_view name) {
  const auto value = take(name);
  if (!value)
    return {};
  std::vector<std::string> texts;
  bool fits = value->is_array() && value->size() <= most_words;
  if (fits)
    for (const auto& element : *value)
      if (fits = fits && element.is_string(); fits)
        texts.push_back(element.get<std::string>());
  if (fits)
    return texts;
  refuse(std::string{name} + " is not a list of at most " + std::to_string(most_words) + " texts");
  return {};
}

void api_body::require(std::string_view name, bool taken) {
  if (!taken)
    refuse(std::string{name} + " is missing");
}

void api_body::refuse(unsigned status, std::string why) {
  if (!problem_)
    problem_ = admin::problem_document{status, std::move(why)};
}

api_call api_body::finish(api_call call) {
  if (!left_->empty())
    refuse("the member " + in_quotes(left_->begin().key()) + " is unknown here");
  if (problem_)
    return std::move(*problem_);
  return call;
}

} // namespace fedhub
