// The calls about the history, and what the audit says of orders.
#include <gmock/gmock.h>

#include "actors/admin/api_call.hpp"
#include "actors/admin/order_audit.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

api_call read(std::string path, http_fields query = {}) {
  http_request request;
  request.method = "GET";
  request.path = "/api/v1/" + std::move(path);
  request.query = std::move(query);
  return read_call(request);
}

template <class Question>
Question past(const api_call& call) {
  return std::get<Question>(std::get<history_question>(call));
}

TEST(HistoryRoutes, read_the_questions_of_the_contract) {
  const auto events =
    past<events_question>(read("events", {{"domain", "MÜNCHEN.example"},
                                          {"kind", "refusal"},
                                          {"since", "2026-11-30T11:00:00Z"},
                                          {"until", "2026-11-30T12:00:00.5+01:00"},
                                          {"limit", "7"},
                                          {"after", "123-45"}}));
  EXPECT_EQ(events.filter.domain, "xn--mnchen-3ya.example");
  EXPECT_EQ(events.filter.kind, admin::event_kind::refusal);
  ASSERT_TRUE(events.since && events.until);
  EXPECT_EQ(*events.until - *events.since, 500ms);
  EXPECT_EQ(events.page.limit, 7u);
  EXPECT_EQ(events.page.after, (history_place{123, 45}));

  EXPECT_EQ(past<events_question>(read("events")).page.limit, 100u);
  EXPECT_EQ(past<events_question>(read("events", {{"domain", "Main IM"}})).filter.domain,
            "Main IM");
  EXPECT_EQ(past<follow_question>(read("events/stream", {{"kind", "node"}})).filter.kind,
            admin::event_kind::node);
  EXPECT_EQ(past<audit_question>(read("audit", {{"after", "1-2"}})).page.after,
            (history_place{1, 2}));
}

TEST(HistoryRoutes, refuse_wrong_parameters_with_a_reason) {
  struct row {
    std::string path;
    std::pair<std::string, std::string> parameter;
    std::string reason;
  };
  const row rows[] = {
    {"events", {"kind", "streams"}, "allowed: attempt, stream, refusal"},
    {"events", {"since", "2h"}, "allowed: a time such as"},
    {"events", {"until", "2026-13-01T00:00:00Z"}, "allowed: a time such as"},
    {"events", {"after", "17"}, "the `next` of an earlier answer"},
    {"events", {"domain", ""}, "domain has 0 octets"},
    {"events", {"domain", std::string(1024, 'a')}, "domain has 1024 octets"},
    {"events", {"limit", "1001"}, "allowed: 1..1000"},
    {"events/stream", {"since", "2026-11-30T11:00:00Z"}, "unknown"},
    {"audit", {"kind", "close"}, "unknown"},
  };
  for (const auto& [path, parameter, reason] : rows) {
    const auto call = read(path, {parameter});
    const auto* problem = std::get_if<admin::problem_document>(&call);
    ASSERT_NE(problem, nullptr) << path << " " << parameter.first;
    EXPECT_EQ(problem->status, 400u);
    EXPECT_THAT(problem->detail, HasSubstr(reason));
  }
}

TEST(OrderAudit, says_who_has_done_what_and_how_it_ended) {
  const auto domain = *domain_name::parse("a.example");
  struct row {
    admin_order order;
    http_peer caller;
    std::optional<admin_answer> answer;
    std::string expected; ///< kind, actor, domain, stream, detail.
  };
  using action = admin_order::action;
  const row rows[] = {
    {{action::retry_domain, domain, 0},
     {"", 1000},
     std::monostate{},
     "retry|uid 1000|a.example|0|done"},
    {{action::close_domain, domain, 0},
     {"192.0.2.1", {}},
     admin::problem_document{404, "no such domain"},
     "close|192.0.2.1|a.example|0|refused: no such domain"},
    {{action::close_stream, {}, 7}, {"", 0}, {}, "close|uid 0||7|no answer"},
  };
  for (const auto& [order, caller, answer, expected] : rows) {
    const auto row = audit_of(order, caller, answer ? &*answer : nullptr);
    EXPECT_EQ(row.kind + "|" + row.actor + "|" + row.domain + "|" + std::to_string(row.stream) + "|"
                + row.detail,
              expected);
  }
}

} // namespace
} // namespace fedhub
