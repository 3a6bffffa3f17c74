// The calls about the configuration.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "actors/admin/api_route.hpp"

namespace fedhub {

namespace {

using admin::problem_document;
using conf_action = configuration_order::action;

/// Of a change (RFC 7396 §4).
constexpr std::string_view patch_type = "application/merge-patch+json";

/// Takes `limit` and `after` of a list whose rows have numbers. @returns the first row and the
/// limit.
configuration_question take_numbered_page(api_parameters& query) {
  const auto page = query.take_page();
  configuration_question question{.first = 0, .limit = page.limit};
  const auto& after = page.after;
  const auto [rest, error] =
    std::from_chars(after.data(), after.data() + after.size(), question.first);
  if (!after.empty() && (error != std::errc{} || rest != after.data() + after.size()))
    query.refuse("after is " + in_quotes(after) + "; allowed: the `next` of an earlier answer");
  return question;
}

api_call list_configuration(api_parameters query) {
  const auto question = take_numbered_page(query);
  return query.finish(configuration_call{question});
}

/// Notes a problem unless the body is empty or `{}`: a caller who sends more expects an effect.
void refuse_body(api_parameters& query) {
  constexpr std::string_view white_space = " \t\r\n"; // RFC 8259 §2
  auto body = query.request().body;
  std::erase_if(body, [&](char c) { return white_space.find(c) != white_space.npos; });
  if (!body.empty() && body != "{}")
    query.refuse("the body is " + in_quotes(body) + "; allowed: none, or {}");
}

api_call order_reload(api_parameters query) {
  refuse_body(query);
  configuration_order order{.what = conf_action::reload, .who = caller_of(query.request().peer)};
  return query.finish(configuration_call{std::move(order)});
}

/// Reads the version that a change is made for from If-Match (RFC 9110 §13.1.1): the ETag of an
/// answer about the configuration, or "*" for any version.
/// @returns the problem with it, or nothing.
std::optional<problem_document> read_version(const http_request& request,
                                             std::optional<uint64_t>& version) {
  const auto tag = http_header(request.headers, "If-Match");
  if (tag.empty())
    return problem_document{428, "send If-Match: the ETag of GET config, or * to change whatever "
                                 "is in force"};
  if (tag == "*")
    return {};
  uint64_t number = 0;
  const auto digits = tag.size() > 2 && tag.front() == '"' && tag.back() == '"'
                        ? tag.substr(1, tag.size() - 2)
                        : std::string_view{};
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || rest != digits.data() + digits.size())
    return problem_document{412, "If-Match is " + in_quotes(tag)
                                   + ", and the configuration has no such version"};
  version = number;
  return {};
}

enum class flag : uint8_t { no, yes };
std::string_view to_string(flag value) { return value == flag::yes ? "true" : "false"; }

api_call order_change(conf_action what, api_parameters query) {
  const auto& request = query.request();
  constexpr flag flags[] = {flag::no, flag::yes};
  configuration_order order{.what = what, .who = caller_of(request.peer)};
  order.dry_run = query.take_word("dry_run", flags).value_or(flag::no) == flag::yes;
  if (what == conf_action::patch) {
    auto type = http_header(request.headers, "Content-Type");
    type = type.substr(0, type.find_first_of("; "));
    if (!equal_http_names(type, patch_type))
      return problem_document{415, "Content-Type is " + in_quotes(type)
                                     + "; allowed: " + std::string{patch_type}};
    order.patch = request.body;
  } else {
    refuse_body(query);
  }
  if (auto problem = read_version(request, order.version))
    return std::move(*problem);
  return query.finish(configuration_call{std::move(order)});
}

api_call list_changes(api_parameters query) {
  const auto page = take_numbered_page(query);
  configuration_order order{.what = conf_action::list, .who = caller_of(query.request().peer)};
  order.first = page.first;
  order.limit = page.limit;
  return query.finish(configuration_call{std::move(order)});
}

} // namespace

std::vector<api_route> configuration_routes() {
  return {
    {"GET",
     {"config"},
     [](std::string_view, api_parameters query) { return list_configuration(std::move(query)); }},
    {"PATCH",
     {"config"},
     [](std::string_view, api_parameters query) {
       return order_change(conf_action::patch, std::move(query));
     }},
    {"GET",
     {"config", "history"},
     [](std::string_view, api_parameters query) { return list_changes(std::move(query)); }},
    {"POST",
     {"config", "undo"},
     [](std::string_view, api_parameters query) {
       return order_change(conf_action::undo, std::move(query));
     }},
    {"POST",
     {"config", "reload"},
     [](std::string_view, api_parameters query) { return order_reload(std::move(query)); }},
  };
}

} // namespace fedhub
