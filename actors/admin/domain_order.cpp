#include "actors/admin/domain_order.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace fedhub {

namespace {

using row = admin::domain_row;
using value = std::optional<int64_t>;

value of_time(const std::optional<admin::clock_time>& time) {
  return time ? value{time->time_since_epoch().count()} : value{};
}

/// States in the order of an operator's interest.
int64_t urgency(admin::domain_state state) {
  using enum admin::domain_state;
  switch (state) {
  case failing:
    return 0;
  case waiting:
    return 1;
  case connecting:
    return 2;
  case connected:
    return 3;
  case idle:
    return 4;
  case refused:
    break;
  }
  return 5;
}

struct field {
  std::string_view name;
  value (*read)(const row&); ///< null: the name.
};

constexpr field all_fields[] = {
  {"name", nullptr},
  {"state", [](const row& x) { return value{urgency(x.state)}; }},
  {"since", [](const row& x) { return of_time(x.since); }},
  {"streams_in", [](const row& x) { return value{x.streams_in}; }},
  {"streams_out", [](const row& x) { return value{x.streams_out}; }},
  {"last_success", [](const row& x) { return of_time(x.last_success); }},
  {"failing_since", [](const row& x) { return of_time(x.failing_since); }},
  {"attempt_count", [](const row& x) { return value{x.attempt_count}; }},
  {"next_attempt", [](const row& x) { return of_time(x.next_attempt); }},
  {"queued_stanzas", [](const row& x) { return value{static_cast<int64_t>(x.queued_stanzas)}; }},
  {"queued_bytes", [](const row& x) { return value{static_cast<int64_t>(x.queued_bytes)}; }},
  {"senders_affected", [](const row& x) { return value{x.senders_affected}; }},
};

} // namespace

std::optional<domain_order> domain_order::parse(std::string_view sort) {
  const bool reversed = sort.starts_with('-');
  if (reversed)
    sort.remove_prefix(1);
  else if (sort.empty())
    sort = "name";
  const auto* found = std::ranges::find(all_fields, sort, &field::name);
  if (found == std::end(all_fields) || (reversed && found->read == nullptr))
    return {};
  return domain_order{found->read, reversed};
}

const std::vector<std::string_view>& domain_order::fields() {
  static const auto names = [] {
    std::vector<std::string_view> result;
    for (const auto& field : all_fields)
      result.push_back(field.name);
    return result;
  }();
  return names;
}

int64_t domain_order::key_of(const admin::domain_row& row) const {
  if (read_ == nullptr)
    return 0;
  const auto found = read_(row);
  if (!found)
    return std::numeric_limits<int64_t>::max();
  return reversed_ ? -*found : *found;
}

std::string domain_order::text_of(const place& at) {
  return std::to_string(at.key) + ":" + std::string{at.name};
}

std::optional<domain_order::place> domain_order::parse_place(std::string_view text) {
  place at;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), at.key);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ':')
    return {};
  at.name = text.substr(static_cast<size_t>(end + 1 - text.data()));
  return at;
}

} // namespace fedhub
