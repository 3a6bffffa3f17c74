#include "metrics/http/http_event.hpp"

#include <algorithm>

namespace fedhub {

namespace {

using namespace std::string_view_literals;

void add_line(std::string& text, std::string_view field, std::string_view value) {
  text += field;
  text += ": "; // the client removes one space
  text += value;
  text += '\n';
}

/// Adds a field of a single line, unless it is empty.
void add_field(std::string& text, std::string_view field, std::string value) {
  std::erase_if(value, [](char c) { return "\r\n\0"sv.find(c) != std::string_view::npos; });
  if (!value.empty())
    add_line(text, field, value);
}

} // namespace

std::string event_text(const http_event& event) {
  std::string text;
  add_field(text, "id", event.id);
  add_field(text, "event", event.name);
  for (std::string_view data = event.data;;) {
    const auto end = data.find_first_of("\r\n");
    add_line(text, "data", data.substr(0, end)); // also if it is empty, or no event is dispatched
    if (end == data.npos)
      break;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return text + '\n';
}

std::string_view last_event_id(const http_fields& headers) {
  const auto id = http_header(headers, "Last-Event-ID");
  return id.size() <= longest_event_id ? id : std::string_view{};
}

} // namespace fedhub
