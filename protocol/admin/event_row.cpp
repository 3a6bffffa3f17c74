#include "protocol/admin/event_row.hpp"

#include <nlohmann/json.hpp>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {

namespace {

using ordered = nlohmann::ordered_json; // keeps the contract's order of fields

std::string dumped(const ordered& object) {
  return object.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

void put_text(ordered& object, const char* key, const std::string& text) {
  if (!text.empty())
    object[key] = text;
}

void put_stream(ordered& object, uint64_t stream) {
  if (stream != 0)
    object["stream"] = stream;
}

ordered history_object(const event_row& row) {
  ordered object{{"id", row.id}, {"time", rfc3339(row.time)}, {"kind", to_string(row.kind)}};
  put_text(object, "domain", row.domain);
  put_text(object, "leg", row.leg);
  put_stream(object, row.stream);
  put_text(object, "failure", row.failure);
  put_text(object, "detail", row.detail);
  put_text(object, "actor", row.actor);
  // A text that was cut or damaged is no reason to withhold the rest.
  if (auto attempt = ordered::parse(row.attempt, nullptr, false); attempt.is_object())
    object["attempt"] = std::move(attempt);
  return object;
}

ordered history_object(const audit_row& row) {
  ordered object{{"id", row.id}, {"time", rfc3339(row.time)}, {"kind", row.kind}};
  put_text(object, "actor", row.actor);
  put_text(object, "domain", row.domain);
  put_stream(object, row.stream);
  put_text(object, "detail", row.detail);
  return object;
}

template <class Row>
std::string history_text(const history_page<Row>& page) {
  ordered object;
  auto& items = object["items"] = ordered::array();
  for (const auto& row : page.items)
    items.push_back(history_object(row));
  if (page.total)
    object["total"] = *page.total;
  put_text(object, "next", page.next);
  return dumped(object);
}

} // namespace

std::string_view to_string(event_kind kind) {
  switch (kind) {
  case event_kind::attempt:
    return "attempt";
  case event_kind::stream:
    return "stream";
  case event_kind::refusal:
    return "refusal";
  case event_kind::trust:
    return "trust";
  case event_kind::node:
    return "node";
  case event_kind::config:
    return "config";
  case event_kind::notification:
    return "notification";
  case event_kind::estate:
    return "estate";
  case event_kind::cluster:
    return "cluster";
  }
  return {};
}

std::optional<event_kind> parse_event_kind(std::string_view word) {
  for (const auto kind : all_event_kinds)
    if (to_string(kind) == word)
      return kind;
  return {};
}

std::string json_of(const event_row& event) { return dumped(history_object(event)); }
std::string json_of(const history_page<event_row>& events) { return history_text(events); }
std::string json_of(const history_page<audit_row>& actions) { return history_text(actions); }

} // namespace fedhub::admin
