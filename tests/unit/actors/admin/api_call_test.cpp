#include "actors/admin/api_call.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using admin::problem_document;
using testing::HasSubstr;

http_request request(std::string method, std::string path, http_fields query = {}) {
  http_request made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.query = std::move(query);
  return made;
}

api_call get(std::string path, http_fields query = {}) {
  return read_call(request("GET", "/api/v1/" + path, std::move(query)));
}

template <class Question>
Question question(const api_call& call) {
  return std::get<Question>(std::get<admin_question>(call));
}

TEST(ApiCall, reads_the_questions_of_the_contract) {
  EXPECT_TRUE(std::holds_alternative<status_question>(std::get<admin_question>(get("status"))));
  EXPECT_EQ(question<domain_question>(get("domains/MÜNCHEN.example")).name.str(),
            "xn--mnchen-3ya.example");
  EXPECT_EQ(question<stream_question>(get("streams/18446744073709551615")).id, UINT64_MAX);

  const auto domains = question<domains_question>(get("domains", {{"match", "*.example"},
                                                                  {"state", "failing"},
                                                                  {"sort", "-queued_stanzas"},
                                                                  {"limit", "7"},
                                                                  {"after", "-3:a.example"}}));
  EXPECT_TRUE(domains.match.matches("a.example"));
  EXPECT_FALSE(domains.match.matches("a.test"));
  EXPECT_EQ(domains.state, admin::domain_state::failing);
  EXPECT_EQ(domains.sort, "-queued_stanzas");
  EXPECT_EQ(domains.page.limit, 7);
  EXPECT_EQ(domains.page.after, "-3:a.example");

  const auto streams = question<streams_question>(
    get("streams", {{"leg", "node-s2s-out"}, {"state", "negotiating"}, {"after", "12"}}));
  EXPECT_EQ(streams.leg, stream_leg::node_s2s_out);
  EXPECT_EQ(streams.state, stream_state::negotiating);
  EXPECT_EQ(streams.page.limit, 100);
  EXPECT_EQ(question<nodes_question>(get("nodes", {{"limit", "1000"}})).page.limit, 1000);
}

TEST(ApiCall, reads_the_orders_of_the_contract) {
  const auto order = [](const std::string& path) {
    return std::get<admin_order>(read_call(request("POST", "/api/v1/" + path)));
  };
  EXPECT_EQ(order("domains/partner.example/retry").what, admin_order::action::retry_domain);
  EXPECT_EQ(order("domains/partner.example/close").what, admin_order::action::close_domain);
  EXPECT_EQ(order("domains/partner.example/close").domain.str(), "partner.example");
  EXPECT_EQ(order("streams/7/close").what, admin_order::action::close_stream);
  EXPECT_EQ(order("streams/7/close").stream, 7);
}

TEST(ApiCall, refuses_everything_else_with_a_reason) {
  struct row {
    std::string method;
    std::string path;
    http_fields query;
    unsigned status;
    std::string detail;
  };
  const row rows[] = {
    {"GET", "/", {}, 404, "/api/v1/"},
    {"GET", "/api/v1", {}, 404, "/api/v1/"},
    {"GET", "/api/v1/", {}, 404, "has no"},
    {"GET", "/api/v2/status", {}, 404, "/api/v1/"},
    {"GET", "/api/v1/status/", {}, 404, "has no"},
    {"GET", "/api/v1//status", {}, 404, "has no"},
    {"GET", "/api/v1/domains/", {}, 404, "has no"},
    {"GET", "/api/v1/domains/a.example/retry", {}, 405, "POST"},
    {"POST", "/api/v1/status", {}, 405, "GET"},
    {"get", "/api/v1/status", {}, 405, "GET"},
    {"GET", "/api/v1/status", {{"limit", "1"}}, 400, "\"limit\" is unknown here"},
    {"GET", "/api/v1/domains", {{"limt", "1"}}, 400, "\"limt\" is unknown here"},
    {"GET", "/api/v1/domains", {{"limit", "1"}, {"limit", "2"}}, 400, "twice"},
    {"GET", "/api/v1/domains", {{"limit", "0"}}, 400, "1..1000"},
    {"GET", "/api/v1/domains", {{"limit", "1001"}}, 400, "1..1000"},
    {"GET", "/api/v1/domains", {{"limit", "1x"}}, 400, "1..1000"},
    {"GET", "/api/v1/domains", {{"limit", "-1"}}, 400, "1..1000"},
    {"GET", "/api/v1/domains", {{"limit", "18446744073709551617"}}, 400, "1..1000"},
    {"GET", "/api/v1/domains", {{"limit", ""}}, 400, "1..1000"},
    {"GET", "/api/v1/domains", {{"state", "up"}}, 400, "refused, connected, failing"},
    {"GET", "/api/v1/domains", {{"sort", "colour"}}, 400, "failing_since"},
    {"GET", "/api/v1/domains", {{"sort", "-name"}}, 400, "failing_since"},
    {"GET", "/api/v1/domains", {{"after", "x"}}, 400, "next"},
    {"GET", "/api/v1/domains", {{"match", std::string(256, 'a')}}, 400, "255"},
    {"GET", "/api/v1/streams", {{"leg", "s2s"}}, 400, "s2s-in, s2s-out"},
    {"GET", "/api/v1/streams", {{"state", "failing"}}, 400, "negotiating"},
    {"GET", "/api/v1/streams", {{"after", "-1"}}, 400, "next"},
    {"GET", "/api/v1/streams/0", {}, 400, "number"},
    {"GET", "/api/v1/streams/1x", {}, 400, "number"},
    {"GET", "/api/v1/streams/18446744073709551616", {}, 400, "number"},
    {"GET", "/api/v1/domains/a..b", {}, 400, "not a domain"},
    {"POST", "/api/v1/domains/a..b/retry", {}, 400, "not a domain"},
    {"POST", "/api/v1/streams/x/close", {}, 400, "number"},
  };
  for (const auto& expected : rows) {
    const auto call = read_call(request(expected.method, expected.path, expected.query));
    const auto* problem = std::get_if<problem_document>(&call);
    ASSERT_NE(problem, nullptr) << expected.method << ' ' << expected.path;
    EXPECT_EQ(problem->status, expected.status) << expected.method << ' ' << expected.path;
    EXPECT_THAT(problem->detail, HasSubstr(expected.detail)) << expected.path;
  }
}

TEST(ApiCall, knows_its_own_description) {
  EXPECT_TRUE(std::holds_alternative<description_question>(get("openapi.json")));
  EXPECT_TRUE(std::holds_alternative<problem_document>(get("openapi.json", {{"limit", "1"}})));
}

TEST(ApiCall, answers_head_as_it_answers_get) {
  EXPECT_TRUE(std::holds_alternative<admin_question>(read_call(request("HEAD", "/api/v1/status"))));
}

TEST(ApiCall, quotes_little_of_a_long_path) {
  const auto call = get(std::string(5000, 'a'));
  EXPECT_LT(std::get<problem_document>(call).detail.size(), 200);
}

} // namespace
} // namespace fedhub
