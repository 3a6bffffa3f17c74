#include "conf/ctl/command_line.hpp"

#include <sstream>

#include <gmock/gmock.h>

namespace fedhub::ctl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const call_context context{"", *parse_time("2026-11-30T12:00:00Z")};

/// Splits at spaces.
std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  return {std::istream_iterator<std::string>{stream}, {}};
}

auto parsed(const std::string& line, const call_context& around = context) {
  return parse_command_line(words_of(line), around);
}

/// "METHOD target body", or the complaint of a wrong call.
std::string request_of(const std::string& line) {
  const auto result = parsed(line);
  if (const auto* nothing = std::get_if<nothing_asked>(&result))
    return nothing->error;
  const auto& request = std::get<invocation>(result).asked.request;
  return std::string{to_string(request.method)} + ' ' + request.target()
         + (request.body.empty() ? "" : ' ' + request.body);
}

TEST(CommandLine, makes_the_request_of_each_command) {
  const std::pair<const char*, std::string_view> table[] = {
    {"status", "GET /api/v1/status"},
    {"domains", "GET /api/v1/domains"},
    {"domains *.example --failing --sort queued_stanzas",
     "GET /api/v1/domains?match=%2A.example&state=failing&sort=queued_stanzas"},
    {"domain Partner.Example.", "GET /api/v1/domains/partner.example"},
    {"domain münchen.example", "GET /api/v1/domains/xn--mnchen-3ya.example"},
    {"domain [2001:db8::1]", "GET /api/v1/domains/%5B2001%3Adb8%3A%3A1%5D"},
    {"domain status", "GET /api/v1/domains/status"},
    {"streams", "GET /api/v1/streams"},
    {"streams partner.example --leg s2s-out",
     "GET /api/v1/streams?match=partner.example&leg=s2s-out"},
    {"nodes", "GET /api/v1/nodes"},
    {"notifications", "GET /api/v1/notifications"},
    {"notifications ack a/7", "POST /api/v1/notifications/a%2F7/acknowledge"},
    {"events", "GET /api/v1/events"},
    {"events --domain Partner.Example --kind attempt --since 2h",
     "GET /api/v1/events?domain=partner.example&kind=attempt&since=2026-11-30T10%3A00%3A00Z"},
    {"events --since 2026-11-29T12:00:00+01:00",
     "GET /api/v1/events?since=2026-11-29T11%3A00%3A00Z"},
    {"events --follow --kind trust", "GET /api/v1/events/stream?kind=trust"},
    {"retry Partner.Example", "POST /api/v1/domains/partner.example/retry"},
    {"close Partner.Example", "POST /api/v1/domains/partner.example/close"},
    {"close 7", "POST /api/v1/streams/7/close"},
    {"domains --sort=-queued_stanzas", "GET /api/v1/domains?sort=-queued_stanzas"},
    {"dns flush", "POST /api/v1/dns/flush {}"},
    {"dns flush Partner.Example", R"(POST /api/v1/dns/flush {"name":"partner.example"})"},
    {"log", "GET /api/v1/log"},
    {"log tls debug", R"(PUT /api/v1/log/tls {"level":"debug"})"},
    {"log tls debug --for 10m", R"(PUT /api/v1/log/tls {"for_s":600,"level":"debug"})"},
    {"explain a@b.example c.example",
     R"(POST /api/v1/explain {"connect":false,"from":"a@b.example","to":"c.example"})"},
    {"explain a b --connect", R"(POST /api/v1/explain {"connect":true,"from":"a","to":"b"})"},
    {"check", R"(POST /api/v1/check {"what":["dns","certificates","reach","nodes","estate"]})"},
    {"check dns nodes", R"(POST /api/v1/check {"what":["dns","nodes"]})"},
    {"config show", "GET /api/v1/config"},
    {"config show limits --origin", "GET /api/v1/config"},
    {"config set limits.stanza_depth=70 hub.name=x",
     R"(PATCH /api/v1/config {"hub":{"name":"x"},"limits":{"stanza_depth":70}})"},
    {"config set federation.deny=[\"a.example\"] --dry-run",
     R"(PATCH /api/v1/config?dry_run=true {"federation":{"deny":["a.example"]}})"},
    {"config set federation.deny=null log.modules.\"stream.in\"=debug a=b=c d=",
     R"(PATCH /api/v1/config {"a":"b=c","d":"","federation":{"deny":null},"log":{"modules":{"stream.in":"debug"}}})"},
    {"config add static_route domain=a.example address=192.0.2.1 priority=1",
     R"(PATCH /api/v1/config {"static_route":{"a.example 192.0.2.1":{"address":"192.0.2.1","domain":"a.example","priority":1}}})"},
    {"config add trust domain=*.a.example methods=[\"pkix\"]",
     R"(PATCH /api/v1/config {"trust":{"*.a.example":{"domain":"*.a.example","methods":["pkix"]}}})"},
    {"config remove node cm-1", R"(PATCH /api/v1/config {"node":{"cm-1":null}})"},
    {"config remove tls.certificate /a.pem",
     R"(PATCH /api/v1/config {"tls":{"certificate":{"/a.pem":null}}})"},
    {"config history", "GET /api/v1/config/history"},
    {"config undo", "POST /api/v1/config/undo"},
    {"config undo --dry-run", "POST /api/v1/config/undo?dry_run=true"},
    {"config check", "PATCH /api/v1/config?dry_run=true {}"},
    {"reload", "POST /api/v1/config/reload"},
    {"audit", "GET /api/v1/audit"},
  };
  for (const auto& [line, request] : table)
    EXPECT_EQ(request_of(line), request) << line;
}

TEST(CommandLine, explains_a_wrong_call_and_shows_the_usage) {
  struct row {
    const char* line;
    const char* complaint;
    const char* usage;
  };
  const row table[] = {
    {"", "required", "usage: fedhubctl [--socket PATH | --url URL] [--json] COMMAND\n"},
    {"statos", "unknown command statos", "usage: fedhubctl [--socket"},
    {"--colour status", "--colour", "usage: fedhubctl "},
    {"domain", "NAME is required", "usage: fedhubctl domain NAME\n"},
    {"domain a..b", "\"a..b\" is not a domain name", "usage: fedhubctl domain NAME\n"},
    {"domain a b", "", "usage: fedhubctl domain NAME\n"},
    {"retry -", "is not a domain name", "usage: fedhubctl retry DOMAIN\n"},
    {"close ..", "is not the name of a stream", "usage: fedhubctl close DOMAIN|STREAM\n"},
    {"notifications ack", "ID is required", "usage: fedhubctl notifications ack ID\n"},
    {"notifications ack .", "is not the name of a notification", "ack ID\n"},
    {"dns", "required", "usage: fedhubctl dns flush [NAME]\n"},
    {"dns flash", "unknown command flash", "usage: fedhubctl dns flush [NAME]\n"},
    {"dns flush a..b", "is not a domain name", "usage: fedhubctl dns flush [NAME]\n"},
    {"events --since 2", "neither a duration", "usage: fedhubctl events "},
    {"events --since 2h --follow", "", "usage: fedhubctl events "},
    {"events --domain a..b", "is not a domain name", "usage: fedhubctl events "},
    {"log tls", "LEVEL", "usage: fedhubctl log [MODULE LEVEL [--for 10m]]\n"},
    {"log tls debug --for 10", "is not a duration", "usage: fedhubctl log "},
    {"log --for 10m", "LEVEL", "usage: fedhubctl log "},
    {"explain a", "TO is required", "usage: fedhubctl explain FROM TO [--connect]\n"},
    {"check dna", "dna", "usage: fedhubctl check ["},
    {"config", "required", "usage: fedhubctl config show"},
    {"config set", "KEY=VALUE is required", "usage: fedhubctl config set KEY=VALUE"},
    {"config set limits", "is not KEY=VALUE", "usage: fedhubctl config set KEY=VALUE"},
    {"config set =1", "is not KEY=VALUE", "usage: fedhubctl config set KEY=VALUE"},
    {"config set a.=1", "is not KEY=VALUE", "usage: fedhubctl config set KEY=VALUE"},
    {"config set \"a=1", "is not KEY=VALUE", "usage: fedhubctl config set KEY=VALUE"},
    {"config set a=1 a=2", "set twice", "usage: fedhubctl config set KEY=VALUE"},
    {"config set a=1 a.b=2", "a part of a value", "usage: fedhubctl config set KEY=VALUE"},
    {"config add static_route domain=a.example", "needs address=", "config add TABLE"},
    {"config add node domains=[]", "needs name=", "config add TABLE"},
    {"config add a. name=x", "is not the name of a table", "config add TABLE"},
    {"config remove node", "IDENTITY is required", "config remove TABLE IDENTITY"},
    {"domains --limit 0", "--limit", "usage: fedhubctl domains "},
    {"domains --limit 5 --all", "", "usage: fedhubctl domains "},
    {"--socket /a --url https://a status", "", "usage: fedhubctl "},
    {"--token-file /a status", "--url", "usage: fedhubctl "},
    {"--url ftp://a status", "--url: it must begin with https://", "usage: fedhubctl status\n"},
    {"domain \x1B[2J", "\\x1B[2J", "usage: fedhubctl domain NAME\n"},
  };
  for (const auto& [line, complaint, usage] : table) {
    const auto result = parsed(line);
    ASSERT_TRUE(std::holds_alternative<nothing_asked>(result)) << line;
    const auto& wrong = std::get<nothing_asked>(result);
    EXPECT_EQ(wrong.exit_code, exit_wrong_call) << line;
    EXPECT_EQ(wrong.output, "") << line;
    EXPECT_THAT(wrong.error, StartsWith("fedhubctl: ")) << line;
    EXPECT_THAT(wrong.error, HasSubstr(complaint)) << line;
    EXPECT_THAT(wrong.error, HasSubstr(usage)) << line;
    EXPECT_EQ(std::ranges::count(wrong.error, '\n'), 2) << wrong.error;
  }
}

TEST(CommandLine, has_help_for_each_command) {
  for (const auto* line : {"--help", "-h", "status --help", "dns flush --help", "--version"}) {
    const auto result = parsed(line);
    ASSERT_TRUE(std::holds_alternative<nothing_asked>(result)) << line;
    EXPECT_EQ(std::get<nothing_asked>(result).exit_code, exit_good) << line;
    EXPECT_FALSE(std::get<nothing_asked>(result).output.empty()) << line;
    EXPECT_EQ(std::get<nothing_asked>(result).error, "") << line;
  }
}

TEST(CommandLine, closes_what_the_word_looks_like_and_else_the_other) {
  struct row {
    const char* word;
    std::string_view first;
    std::string_view other;
  };
  const row table[] = {
    {"partner.example", "domains/partner.example/close", "streams/partner.example/close"},
    {"17", "streams/17/close", "domains/17/close"},
    {"localhost", "domains/localhost/close", "streams/localhost/close"},
    {"s2s:7", "streams/s2s%3A7/close", ""},
  };
  for (const auto& [word, first, other] : table) {
    const auto result = parsed(std::string{"close "} + word);
    const auto& asked = std::get<invocation>(result).asked;
    EXPECT_EQ(asked.request.path, first);
    EXPECT_EQ(asked.other_request ? asked.other_request->path : "", other);
  }
}

TEST(CommandLine, finds_the_socket_by_option_then_environment_then_default) {
  const auto socket = [](const char* line, const char* environment) {
    return std::get<invocation>(parsed(line, {environment, context.now})).hub.socket;
  };
  EXPECT_EQ(socket("status", ""), "/run/fedhub/admin.sock");
  EXPECT_EQ(socket("status", "/a"), "/a");
  EXPECT_EQ(socket("--socket /b status", "/a"), "/b");
  EXPECT_EQ(socket("status --socket /b", "/a"), "/b");
  EXPECT_EQ(socket("--url https://hub.example status", "/a"), "");
  EXPECT_TRUE(
    std::holds_alternative<nothing_asked>(parsed("status", {std::string(108, 'a'), context.now})));
}

TEST(CommandLine, takes_an_empty_value_of_a_script_for_a_mistake) {
  for (const auto* option : {"--socket", "--url"})
    EXPECT_TRUE(
      std::holds_alternative<nothing_asked>(parse_command_line({option, "", "status"}, context)))
      << option;
}

TEST(CommandLine, knows_how_many_rows_to_show) {
  const auto rows = [](const char* line) { return std::get<invocation>(parsed(line)).rows; };
  EXPECT_EQ(rows("domains"), std::nullopt);
  EXPECT_EQ(rows("domains --limit 12"), 12u);
  EXPECT_GE(rows("domains --all"), 100'000u);
}

} // namespace
} // namespace fedhub::ctl
