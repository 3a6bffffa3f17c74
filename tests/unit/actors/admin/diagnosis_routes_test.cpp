#include <gmock/gmock.h>

#include "actors/admin/api_body.hpp"
#include "actors/admin/api_call.hpp"

namespace fedhub {
namespace {

using admin::problem_document;
using testing::ElementsAre;
using testing::HasSubstr;

api_call call(std::string method, std::string path, std::string body = {},
              std::string type = "application/json") {
  http_request request;
  request.method = std::move(method);
  request.path = "/api/v1/" + std::move(path);
  request.body = std::move(body);
  if (!request.body.empty())
    request.headers = {{"Content-Type", std::move(type)}};
  return read_call(request);
}

template <class Request>
Request read(const api_call& made) {
  if (const auto* problem = std::get_if<problem_document>(&made))
    ADD_FAILURE() << problem->detail;
  return std::get<Request>(std::get<diagnosis_request>(made));
}

TEST(DiagnosisRoutes, read_the_requests_of_the_contract) {
  read<log_question>(call("GET", "log"));

  const auto order =
    read<log_order>(call("PUT", "log/stanza.component.in", R"({"level":"trace","for_s":86400})"));
  EXPECT_EQ(order.module, log_module::stanza_component_in);
  EXPECT_EQ(order.level, conf::log_level::trace);
  EXPECT_EQ(order.time, std::chrono::hours{24});
  EXPECT_EQ(read<log_order>(call("PUT", "log/hub", R"({"level":"warn"})")).time,
            log_order::usual_time);

  EXPECT_TRUE(read<flush_order>(call("POST", "dns/flush")).name.empty());
  EXPECT_TRUE(read<flush_order>(call("POST", "dns/flush", "{}")).name.empty());
  EXPECT_EQ(
    read<flush_order>(call("POST", "dns/flush", R"({"name":"MÜNCHEN.example"})")).name.str(),
    "xn--mnchen-3ya.example");

  const auto way = read<explain_question>(call(
    "POST", "explain", R"({"from":"a@corp.example/x","to":"partner.example","connect":false})"));
  EXPECT_EQ(way.from.domain.str(), "corp.example");
  EXPECT_EQ(way.from.bare, "a@corp.example");
  EXPECT_EQ(way.to.domain.str(), "partner.example");
  EXPECT_FALSE(way.connect);
  EXPECT_TRUE(read<explain_question>(
                call("POST", "explain", R"({"from":"a.example","to":"b.example","connect":true})"))
                .connect);

  EXPECT_THAT(
    read<check_question>(call("POST", "check", R"({"what":["nodes","dns","nodes"]})")).parts,
    ElementsAre(checked_part::dns, checked_part::nodes));
  EXPECT_EQ(read<check_question>(call("POST", "check")).parts.size(), 5);
}

TEST(DiagnosisRoutes, refuse_everything_else_with_a_reason) {
  struct row {
    std::string method;
    std::string path;
    std::string body;
    unsigned status;
    std::string detail;
  };
  const std::string deep(api_body::most_octets, '[');
  const row rows[] = {
    {"PUT", "log/nonsense", R"({"level":"info"})", 404, "hub, stream.in, stream.out"},
    {"PUT", "log/hub", R"({"level":"loud"})", 422, "trace, debug, info, warn, error"},
    {"PUT", "log/hub", "{}", 422, "level is missing"},
    {"PUT", "log/hub", "", 415, "application/json"},
    {"PUT", "log/hub", R"({"level":1})", 422, "level is not a text"},
    {"PUT", "log/hub", R"({"level":"info","for_s":0})", 422, "1..86400"},
    {"PUT", "log/hub", R"({"level":"info","for_s":86401})", 422, "1..86400"},
    {"PUT", "log/hub", R"({"level":"info","for_s":1.5})", 422, "1..86400"},
    {"PUT", "log/hub", R"({"level":"info","for_s":"10m"})", 422, "1..86400"},
    {"PUT", "log/hub", R"({"level":"info","for_s":18446744073709551615})", 422, "1..86400"},
    {"PUT", "log/hub", R"({"level":"info","fro_s":5})", 422, "\"fro_s\" is unknown here"},
    {"PUT", "log/hub", R"({"level":"info","level":"warn"})", 400, "\"level\" is there twice"},
    {"PUT", "log/hub", R"({"level":"info")", 400, "not JSON"},
    {"PUT", "log/hub", R"({"level":"info"} x)", 400, "not JSON"},
    {"PUT", "log/hub", "{\"level\":\"\xff\"}", 400, "not JSON"},
    {"PUT", "log/hub", R"(["level"])", 400, "not a JSON object"},
    {"PUT", "log/hub", deep, 400, "not JSON"},
    {"PUT", "log/hub", deep + "[", 413, "65536"},
    {"POST", "log/hub", "", 405, "PUT"},
    {"POST", "dns/flush", R"({"name":"a..b"})", 422, "not a domain"},
    {"POST", "dns/flush", R"({"name":null})", 422, "not a text"},
    {"POST", "dns/flush", R"({"names":[]})", 422, "unknown here"},
    {"POST", "explain", R"({"from":"a.example"})", 422, "to is missing"},
    {"POST", "explain", R"({"from":"@a.example","to":"b.example"})", 422, "from is"},
    {"POST", "explain", R"({"from":"a.example","to":"b.example/"})", 422, "to is"},
    {"POST", "explain", R"({"from":"a.example","to":"b..example"})", 422, "to is"},
    {"POST", "explain", R"({"from":"a.example","to":"b.example","connect":1})", 422, "connect"},
    {"POST", "check", R"({"what":["all"]})", 422, "dns, certificates, reach, nodes, estate"},
    {"POST", "check", R"({"what":"dns"})", 422, "not a list"},
    {"POST", "check", R"({"what":[1]})", 422, "not a list"},
  };
  for (const auto& expected : rows) {
    const auto made = call(expected.method, expected.path, expected.body);
    const auto* problem = std::get_if<problem_document>(&made);
    const auto shown = expected.path + ' ' + expected.body.substr(0, 80);
    ASSERT_NE(problem, nullptr) << shown;
    EXPECT_EQ(problem->status, expected.status) << shown << ": " << problem->detail;
    EXPECT_THAT(problem->detail, HasSubstr(expected.detail)) << shown;
  }
}

TEST(DiagnosisRoutes, take_json_only) {
  const auto status = [](std::string type) {
    const auto made = call("PUT", "log/hub", R"({"level":"info"})", std::move(type));
    const auto* problem = std::get_if<problem_document>(&made);
    return problem == nullptr ? 200 : problem->status;
  };
  EXPECT_EQ(status("application/json"), 200);
  EXPECT_EQ(status("Application/JSON; charset=utf-8"), 200);
  EXPECT_EQ(status("application/json; charset=latin1"), 415);
  EXPECT_EQ(status("text/plain"), 415);
  EXPECT_EQ(status("application/x-www-form-urlencoded"), 415);
}

} // namespace
} // namespace fedhub
