#include "conf/ctl/tasks.hpp"

#include "conf/ctl/json_answer.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/printable_text.hpp"

namespace fedhub::ctl {

namespace {

using std::chrono::seconds;

/// Of what asks name servers and other servers, or reads many files.
constexpr seconds slow_time_limit{120};
constexpr size_t longest_word = 256;
constexpr size_t longest_shown_word = 80;

std::string quoted(const std::string& text) {
  return '"' + printable(text, longest_shown_word) + '"';
}

/// Returns the domain as the API has it, percent-encoded, or nothing.
std::optional<std::string> domain_part(const std::string& text) {
  const auto domain = domain_name::parse(text);
  return domain ? std::optional{percent_encoded(domain->str())} : std::nullopt;
}

std::string needed_domain(const std::string& text) {
  const auto domain = domain_name::parse(text);
  if (!domain)
    throw wrong_argument(quoted(text) + " is not a domain name");
  return domain->str();
}

/// Returns a name that the hub has given (an id, a module) as a part of a path.
std::string word_part(const std::string& word, const char* noun) {
  // A path would lose "." and ".." (RFC 3986 §5.2.4).
  if (word.empty() || word == "." || word == ".." || word.size() > longest_word)
    throw wrong_argument(quoted(word) + " is not the name of a " + noun);
  return percent_encoded(word);
}

task list_task(const char* path, list_kind kind) {
  return {{http_method::get, path}, answer_view::list, kind};
}

task action_task(std::string path, std::string sentence) {
  task result{{http_method::post, std::move(path)}, answer_view::done};
  result.sentence = std::move(sentence);
  return result;
}

void set_unless_empty(api_request& request, std::string_view name, const std::string& value) {
  if (!value.empty())
    request.set(name, value);
}

seconds duration_of(const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration)
    throw wrong_argument(quoted(text) + " is not a duration such as 90s, 10m, 2h or 7d");
  return *duration;
}

std::string since_of(const std::string& text, moment now) {
  if (const auto time = parse_time(text))
    return format_time(*time);
  const auto duration = parse_duration(text);
  if (!duration)
    throw wrong_argument(quoted(text)
                         + " is neither a duration such as 30m, 2h or 7d nor a time "
                           "such as 2026-11-30T11:00:00Z");
  return format_time(now - *duration);
}

void filter_events(task& asked, event_filter filter) {
  if (!filter.domain.empty())
    filter.domain = needed_domain(filter.domain);
  set_unless_empty(asked.request, "domain", filter.domain);
  set_unless_empty(asked.request, "kind", filter.kind);
  asked.events = std::move(filter);
}

} // namespace

task status_task() { return {{http_method::get, "status"}, answer_view::status}; }

task domains_task(const std::string& pattern, bool failing, const std::string& sort) {
  auto result = list_task("domains", failing ? list_kind::failing_domains : list_kind::domains);
  set_unless_empty(result.request, "match", pattern);
  if (failing)
    result.request.set("state", "failing");
  set_unless_empty(result.request, "sort", sort);
  return result;
}

task domain_task(const std::string& domain) {
  return {{http_method::get, "domains/" + percent_encoded(needed_domain(domain))},
          answer_view::domain};
}

task streams_task(const std::string& pattern, const std::string& leg) {
  auto result = list_task("streams", list_kind::streams);
  set_unless_empty(result.request, "match", pattern);
  set_unless_empty(result.request, "leg", leg);
  return result;
}

task nodes_task() { return list_task("nodes", list_kind::nodes); }

task notifications_task() {
  return {{http_method::get, "notifications"}, answer_view::notifications};
}

task acknowledge_task(const std::string& notification) {
  return action_task("notifications/" + word_part(notification, "notification") + "/acknowledge",
                     "acknowledged");
}

task events_task(const event_filter& filter, const std::string& since, moment now) {
  auto result = list_task("events", list_kind::events);
  filter_events(result, filter);
  if (!since.empty())
    result.request.set("since", since_of(since, now));
  return result;
}

task follow_task(const event_filter& filter) {
  task result{{http_method::get, "events/stream"}, answer_view::event_stream, list_kind::events};
  filter_events(result, filter);
  return result;
}

task audit_task() { return list_task("audit", list_kind::audit); }

task retry_task(const std::string& domain) {
  const auto name = needed_domain(domain);
  return action_task("domains/" + percent_encoded(name) + "/retry",
                     name + ": the hub tries again now, if stanzas wait");
}

task close_task(const std::string& domain_or_stream) {
  const auto domain = domain_part(domain_or_stream);
  auto of_stream = action_task("streams/" + word_part(domain_or_stream, "stream") + "/close",
                               "closing the stream");
  if (!domain)
    return of_stream;
  const auto of_domain =
    action_task("domains/" + *domain + "/close", "closing the streams of the domain");
  const bool domain_first = domain_or_stream.find_first_not_of("0123456789") != std::string::npos;
  auto result = domain_first ? of_domain : of_stream;
  const auto& other = domain_first ? of_stream : of_domain;
  result.other_request = other.request;
  result.other_sentence = other.sentence;
  return result;
}

task dns_flush_task(const std::string& name) {
  auto result = action_task("dns/flush", "all cached DNS answers are forgotten");
  auto body = json::object();
  if (!name.empty()) {
    const auto domain = needed_domain(name);
    body["name"] = domain;
    result.sentence = "the cached DNS answers for " + domain + " are forgotten";
  }
  result.request.body = body.dump();
  return result;
}

task log_task() { return list_task("log", list_kind::log_levels); }

task set_log_task(const std::string& module, const std::string& level,
                  const std::string& duration) {
  json body{{"level", level}};
  if (!duration.empty())
    body["for_s"] = duration_of(duration).count();
  task result{{http_method::put, "log/" + word_part(module, "module")}, answer_view::done};
  result.request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  result.sentence = "the level is set";
  return result;
}

task explain_task(const std::string& from, const std::string& to, bool connect) {
  const json body{{"from", from}, {"to", to}, {"connect", connect}};
  task result{{http_method::post, "explain"}, answer_view::steps};
  result.request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  result.request.time_limit = slow_time_limit;
  return result;
}

const std::vector<std::string>& checked_parts() {
  static const std::vector<std::string> parts{"dns", "certificates", "reach", "nodes", "estate"};
  return parts;
}

task check_task(std::vector<std::string> what) {
  if (what.empty())
    what = checked_parts();
  task result{{http_method::post, "check"}, answer_view::steps};
  result.request.body = json{{"what", what}}.dump();
  result.request.time_limit = slow_time_limit;
  return result;
}

task config_task(const std::string& key, bool origin) {
  task result{{http_method::get, "config"}, answer_view::config};
  result.wanted_key = key;
  result.with_origin = origin;
  return result;
}

task reload_task() {
  task result{{http_method::post, "config/reload"}, answer_view::reload};
  result.request.time_limit = slow_time_limit;
  return result;
}

} // namespace fedhub::ctl
