// The calls about the configuration.
#include <gmock/gmock.h>

#include "actors/admin/api_call.hpp"

namespace fedhub {
namespace {

using admin::problem_document;
using testing::HasSubstr;
using action = configuration_order::action;

constexpr auto patch_type = "application/merge-patch+json";

http_request change_request(std::string method, std::string path, http_fields headers,
                            http_fields query = {}) {
  http_request made;
  made.method = std::move(method);
  made.path = "/api/v1/" + std::move(path);
  made.query = std::move(query);
  made.headers = std::move(headers);
  made.body = "{}";
  made.peer.uid = 1000;
  return made;
}

configuration_order order_of(const http_request& request) {
  const auto call = read_call(request);
  if (const auto* problem = std::get_if<problem_document>(&call)) {
    ADD_FAILURE() << problem->detail;
    return {};
  }
  return std::get<configuration_order>(std::get<configuration_call>(call));
}

TEST(ConfigurationRoutes, read_the_orders_of_the_contract) {
  const auto patch = order_of(change_request(
    "PATCH", "config", {{"if-match", "\"7\""}, {"content-type", "Application/merge-patch+json; x"}},
    {{"dry_run", "true"}}));
  EXPECT_EQ(patch.what, action::patch);
  EXPECT_EQ(patch.version, 7);
  EXPECT_EQ(patch.patch, "{}");
  EXPECT_EQ(patch.who, "uid 1000");
  EXPECT_TRUE(patch.dry_run);
  const auto undo = order_of(change_request("POST", "config/undo", {{"If-Match", "*"}}));
  EXPECT_EQ(undo.what, action::undo);
  EXPECT_EQ(undo.version, std::nullopt);
  EXPECT_FALSE(undo.dry_run);
  EXPECT_EQ(order_of(change_request("POST", "config/reload", {})).what, action::reload);
  const auto list =
    order_of(change_request("GET", "config/history", {}, {{"limit", "5"}, {"after", "3"}}));
  EXPECT_EQ(list.what, action::list);
  EXPECT_EQ(list.first, 3);
  EXPECT_EQ(list.limit, 5);
}

TEST(ConfigurationRoutes, read_a_page_of_keys) {
  const auto call = read_call(change_request("GET", "config", {}, {{"after", "30"}}));
  const auto& question = std::get<configuration_question>(std::get<configuration_call>(call));
  EXPECT_EQ(question.first, 30);
  EXPECT_EQ(question.limit, 100);
}

TEST(ConfigurationRoutes, refuse_everything_else_with_a_reason) {
  struct row {
    std::string method;
    std::string path;
    http_fields headers;
    http_fields query;
    unsigned status;
    std::string detail;
  };
  const std::pair<std::string, std::string> type{"Content-Type", patch_type};
  const row rows[] = {
    {"PATCH", "config", {type}, {}, 428, "If-Match"},
    {"PATCH", "config", {{"If-Match", "*"}}, {}, 415, patch_type},
    {"PATCH",
     "config",
     {{"If-Match", "*"}, {"Content-Type", "application/json"}},
     {},
     415,
     patch_type},
    {"PATCH", "config", {type, {"If-Match", "7"}}, {}, 412, "no such version"},
    {"PATCH", "config", {type, {"If-Match", "\"\""}}, {}, 412, "no such version"},
    {"PATCH", "config", {type, {"If-Match", "\"7x\""}}, {}, 412, "no such version"},
    {"PATCH", "config", {type, {"If-Match", "W/\"7\""}}, {}, 412, "no such version"},
    {"PATCH", "config", {type, {"If-Match", "*"}}, {{"dry_run", "1"}}, 400, "true"},
    {"POST", "config/undo", {}, {}, 428, "If-Match"},
    {"POST", "config/reload", {}, {{"dry_run", "true"}}, 400, "unknown here"},
    {"GET", "config", {}, {{"after", "-1"}}, 400, "next"},
    {"GET", "config", {}, {{"after", "1x"}}, 400, "next"},
    {"GET", "config/history", {}, {{"limit", "1001"}}, 400, "1..1000"},
    {"PUT", "config", {}, {}, 405, "GET, PATCH"},
  };
  for (const auto& expected : rows) {
    const auto call =
      read_call(change_request(expected.method, expected.path, expected.headers, expected.query));
    const auto* problem = std::get_if<problem_document>(&call);
    ASSERT_NE(problem, nullptr) << expected.method << ' ' << expected.path << ' '
                                << expected.status;
    EXPECT_EQ(problem->status, expected.status) << expected.path << ' ' << problem->detail;
    EXPECT_THAT(problem->detail, HasSubstr(expected.detail)) << expected.path;
  }
}

TEST(ConfigurationRoutes, refuse_a_body_without_effect) {
  for (const auto* path : {"config/reload", "config/undo"}) {
    auto request = change_request("POST", path, {{"If-Match", "*"}});
    for (const auto* body : {"", "{}", " {\r\n\t} "}) {
      request.body = body;
      EXPECT_EQ(order_of(request).who, "uid 1000") << path << ' ' << body;
    }
    for (const auto* body : {"{", "[]", "null", "{\"a\": 1}", "{}{}", "x"}) {
      request.body = body;
      const auto call = read_call(request);
      const auto* problem = std::get_if<problem_document>(&call);
      ASSERT_NE(problem, nullptr) << path << ' ' << body;
      EXPECT_EQ(problem->status, 400);
      EXPECT_THAT(problem->detail, testing::HasSubstr("allowed: none, or {}"));
    }
  }
}

} // namespace
} // namespace fedhub
