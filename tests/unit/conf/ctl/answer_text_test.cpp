#include "conf/ctl/answer_text.hpp"

#include <gmock/gmock.h>

#include "conf/ctl/list_view.hpp"

namespace fedhub::ctl {
namespace {

const text_style style{*parse_time("2026-11-30T12:00:00Z")};

json value(const char* text) { return *parse_json(text); }

text_style with_width(size_t width) {
  auto narrow = style;
  narrow.width = width;
  return narrow;
}

TEST(AnswerText, shows_the_status_with_its_lists) {
  const auto shown = status_text(value(R"({
    "name": "hub.example", "ready": true, "version": "0.1.0", "since": "2026-11-27T12:00:00Z",
    "counts": {"domains": {"connected": 2, "failing": 1}, "queued": 7},
    "nodes": [{"name": "im1", "links": 2}], "listeners": [], "a_new_field": "b"})"),
                                 style);
  EXPECT_EQ(shown.text, "hub.example is ready\n"
                        "version      0.1.0\n"
                        "since        3 d ago\n"
                        "ready        yes\n"
                        "a new field  b\n"
                        "counts:\n"
                        "  domains  connected 2, failing 1\n"
                        "  queued   7\n"
                        "nodes:\n"
                        "  NAME  LINKS\n"
                        "  im1       2\n");
  EXPECT_FALSE(shown.bad_news);
}

TEST(AnswerText, shows_any_status) {
  const std::pair<const char*, std::string_view> table[] = {
    {"{}", "fedhub\n"},
    {R"({"name": "a", "ready": false})", "a is not ready\nready  no\n"},
    {R"({"name": 7, "ready": "soon"})", "7\nready  soon\n"},
    {R"({"counts": 5, "nodes": "two"})", "fedhub\ncounts  5\nnodes   two\n"},
    {"[]", "fedhub\n"},
  };
  for (const auto& [status, text] : table)
    EXPECT_EQ(status_text(value(status), style).text, text) << status;
}

TEST(AnswerText, takes_a_domain_that_fails_or_is_refused_for_bad_news) {
  const std::pair<const char*, bool> table[] = {
    {"failing", true}, {"refused", true},     {"connected", false},
    {"idle", false},   {"connecting", false}, {"a-new-state", false},
  };
  for (const auto& [state, bad_news] : table)
    EXPECT_EQ(domain_text(json{{"state", state}}, style).bad_news, bad_news) << state;
  EXPECT_FALSE(domain_text(json::array(), style).bad_news);
}

TEST(AnswerText, shows_a_domain_with_the_steps_of_its_attempts) {
  EXPECT_EQ(domain_text(value(R"({
    "name": "b.example", "state": "failing", "since": "2026-11-30T07:00:00Z",
    "failure": "connect-timeout", "detail": "no answer", "queued_stanzas": 4, "queued_bytes": 2048,
    "rule": {"match": "*"}, "certificate": {"verdict": "expired", "subject": "b"},
    "streams": [{"id": "s1"}],
    "attempts": [
      {"started": "2026-11-30T11:57:00Z", "ended": "2026-11-30T11:57:02Z", "outcome": "failed",
       "failure": "connect-timeout", "target": "192.0.2.7:5269",
       "steps": [{"step": "resolve", "outcome": "ok", "duration_s": 0.012},
                 {"step": "connect", "outcome": "failed", "detail": "no answer", "tries": 2}, {}]},
      {"outcome": "ok", "a_new_field": 1}]})"),
                        style)
              .text,
            "b.example: failing since 5 h ago\n"
            "  connect-timeout: no answer\n"
            "  queued stanzas  4\n"
            "  queued bytes    2 KiB\n"
            "  rule            match *\n"
            "  certificate:\n"
            "    subject  b\n"
            "    verdict  expired\n"
            "  streams:\n"
            "    STREAM\n"
            "    s1\n"
            "attempts:\n"
            "  3 min ago  failed after 2 s  192.0.2.7:5269  connect-timeout\n"
            "    resolve  ok       12 ms\n"
            "    connect  failed   no answer\n"
            "                      tries  2\n"
            "  ok\n"
            "    a new field  1\n");
}

TEST(AnswerText, shows_each_step_and_its_remedy) {
  const auto answer = value(R"({"verdict": "fail", "steps": [
    {"step": "sender", "result": "ok", "detail": "node im1", "source": "configuration"},
    {"step": "resolver", "result": "fail", "failure": "dns-not-found", "detail": "no such name here",
     "remedy": "Check the spelling.", "duration_s": 0.034, "asked": "192.0.2.53"},
    {"step": "connect", "result": "skipped"}, {"result": "a-new-word"}]})");
  const auto shown = steps_text(answer, style);
  EXPECT_EQ(shown.text, "ok       sender    node im1 (configuration)\n"
                        "fail     resolver  dns-not-found: no such name here (34 ms)\n"
                        "                   Remedy: Check the spelling.\n"
                        "                   asked  192.0.2.53\n"
                        "skipped  connect   -\n"
                        "a-new-word         -\n"
                        "verdict: fail\n");
  EXPECT_EQ(steps_text(answer, with_width(42)).text, "ok       sender    node im1\n"
                                                     "                   (configuration)\n"
                                                     "fail     resolver  dns-not-found: no such\n"
                                                     "                   name here (34 ms)\n"
                                                     "                   Remedy: Check the\n"
                                                     "                   spelling.\n"
                                                     "                   asked  192.0.2.53\n"
                                                     "skipped  connect   -\n"
                                                     "a-new-word         -\n"
                                                     "verdict: fail\n");
}

TEST(AnswerText, takes_any_verdict_but_ok_for_bad_news) {
  const std::pair<const char*, bool> table[] = {
    {R"({"verdict": "ok"})", false},
    {R"({"verdict": "fail"})", true},
    {R"({"verdict": "maybe"})", true},
    {R"({"verdict": true})", true},
    {"{}", true},
    {"[]", true},
  };
  for (const auto& [answer, bad_news] : table)
    EXPECT_EQ(steps_text(value(answer), style).bad_news, bad_news) << answer;
}

TEST(AnswerText, shows_notifications_as_paragraphs) {
  const auto rows = elements_of(value(R"([
    {"id": 7, "severity": "error", "kind": "certificate", "since": "2026-11-28T12:00:00Z",
     "text": "It ends soon.", "remedy": "Renew it.", "acknowledged_by": "uid 1000", "extra": 1},
    {"id": "8"}, "odd"])"));
  EXPECT_EQ(notifications_text(rows, style).text,
            "7  error  certificate  2 d ago  acknowledged by uid 1000\n"
            "    It ends soon.\n"
            "    Remedy: Renew it.\n"
            "    extra  1\n"
            "8\n"
            "odd\n");
  EXPECT_EQ(notifications_text({}, style).text, "no notifications\n");
}

TEST(AnswerText, shows_keys_of_the_configuration) {
  const auto rows = elements_of(value(R"([
    {"key": "limits.connections", "value": 500, "file": "/etc/fedhub.toml", "line": 12},
    {"key": "limits.stanza_bytes", "value": "a\u001b\"", "default": 1},
    {"key": "limits_of_others", "value": ["a", 2]},
    {"key": "tls.pin"}])"));
  EXPECT_EQ(config_text(rows, "", true, style).text,
            "limits.connections = 500  # /etc/fedhub.toml:12\n"
            "limits.stanza_bytes = \"a\\u001b\\\"\"  # default\n"
            "limits_of_others = [\"a\",2]  # default\n"
            "tls.pin = (not set)  # default\n");
  EXPECT_EQ(config_text(rows, "limits", false, style).text,
            "limits.connections = 500\nlimits.stanza_bytes = \"a\\u001b\\\"\"\n");
  EXPECT_EQ(config_text(rows, "tls.pin", false, style).text, "tls.pin = (not set)\n");
  EXPECT_FALSE(config_text(rows, "tls.pin", false, style).bad_news);
  EXPECT_EQ(config_text(rows, "tls.pi", false, style).text, "no key tls.pi\n");
  EXPECT_TRUE(config_text(rows, "tls.pi", false, style).bad_news);
}

TEST(AnswerText, shows_what_a_reload_has_changed) {
  EXPECT_EQ(
    reload_text(value(R"({"version": "v2", "changes": [{"key": "a.b", "new": 2}]})"), style).text,
    "the configuration files are read again\n"
    "version  v2\n"
    "changes:\n"
    "  KEY  NEW\n"
    "  a.b    2\n");
  EXPECT_EQ(reload_text(value("[]"), style).text,
            "the configuration files are read again\nnothing has changed\n");
}

TEST(AnswerText, shows_a_change_of_the_configuration_key_by_key) {
  const auto report = value(R"({"version": "7", "applied": true, "change_count": 4, "warnings":
    ["a.toml:1: x has no effect"], "changes": [{"key": "a.b", "old": 1, "new": 2},
    {"key": "c", "new": ["x"]}, {"key": "d", "old": "\u001b"}]})");
  EXPECT_EQ(reload_text(report, style, "done").text, "done\n"
                                                     "a.b: 1 -> 2\n"
                                                     "c: (not set) -> [\"x\"]\n"
                                                     "d: \"\\u001b\" -> (not set)\n"
                                                     "and 1 more\n"
                                                     "warning: a.toml:1: x has no effect\n");
  EXPECT_EQ(reload_text(value(R"({"applied": false, "changes": []})"), style, "done").text,
            "done\nno value changes\n");
}

TEST(AnswerText, shows_a_problem_as_one_sentence) {
  const std::pair<const char*, std::string_view> table[] = {
    {R"({"title": "Not found", "detail": "no such domain"})", "Not found: no such domain\n"},
    {R"({"title": "Not found"})", "Not found\n"},
    {R"({"detail": "no such domain"})", "no such domain\n"},
    {R"({"detail": "a\nb\u001b[1m"})", "a\\x0Ab\\x1B[1m\n"},
    {"{}", "the hub answered with status 422\n"},
    {R"({"title": 7, "detail": null, "problems": 3})", "7\n"},
    {R"({"title": "Refused", "problems": [
        {"file": "fedhub.toml", "line": 12, "key": "limits.x", "found": "many", "allowed": "1 to 9"},
        {"key": "tls.pin", "detail": "file-only"}, "odd"]})",
     "Refused\n"
     "  fedhub.toml:12: limits.x: found many; allowed: 1 to 9\n"
     "  tls.pin: file-only\n"
     "  odd\n"},
  };
  for (const auto& [problem, text] : table)
    EXPECT_EQ(problem_text(value(problem), 422, style), text) << problem;
}

} // namespace
} // namespace fedhub::ctl
