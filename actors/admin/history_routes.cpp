// The calls about the history.
#include "actors/admin/api_route.hpp"

#include <optional>
#include <string>
#include <utility>

#include "actors/history/history_question.hpp"
#include "protocol/admin/time_text.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

/// The name of a node may be longer than that of a domain.
constexpr size_t most_name_octets = 1023;

event_filter take_filter(api_parameters& query) {
  event_filter filter;
  if (auto name = query.take("domain")) {
    // Nodes have events too, and their names need not be domains.
    const auto domain = domain_name::parse(*name);
    filter.domain = domain ? domain->str() : *name;
    if (filter.domain.empty() || filter.domain.size() > most_name_octets)
      query.refuse("domain has " + std::to_string(filter.domain.size()) + " octets; allowed: 1.."
                   + std::to_string(most_name_octets));
  }
  filter.kind = query.take_word("kind", admin::all_event_kinds);
  return filter;
}

std::optional<std::chrono::system_clock::time_point> take_time(api_parameters& query,
                                                               std::string_view name) {
  const auto text = query.take(name);
  if (!text)
    return {};
  const auto time = admin::parse_rfc3339(*text);
  if (!time)
    query.refuse(std::string{name} + " is " + in_quotes(*text)
                 + "; allowed: a time such as 2026-11-30T11:00:00Z");
  return time;
}

history_span take_span(api_parameters& query) {
  const auto page = query.take_page();
  history_span span{.limit = page.limit, .after = {}};
  if (page.after.empty())
    return span;
  span.after = history_place::parse(page.after);
  if (!span.after)
    query.refuse("after is " + in_quotes(page.after)
                 + "; allowed: the `next` of an earlier answer");
  return span;
}

} // namespace

std::vector<api_route> history_routes() {
  return {
    {"GET",
     {"events"},
     [](std::string_view, api_parameters query) {
       events_question question;
       question.filter = take_filter(query);
       question.since = take_time(query, "since");
       question.until = take_time(query, "until");
       question.page = take_span(query);
       return query.finish(history_question{std::move(question)});
     }},
    {"GET",
     {"events", "stream"},
     [](std::string_view, api_parameters query) {
       follow_question question{take_filter(query)};
       return query.finish(history_question{std::move(question)});
     }},
    {"GET",
     {"audit"},
     [](std::string_view, api_parameters query) {
       audit_question question{take_span(query)};
       return query.finish(history_question{question});
     }},
  };
}

} // namespace fedhub
