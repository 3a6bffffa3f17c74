// The calls about log levels, cached DNS answers, and looks at the hub and its surroundings.
#include "actors/admin/api_route.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/admin/api_body.hpp"
#include "protocol/text/jid.hpp"

namespace fedhub {

namespace {

constexpr conf::log_level all_log_levels[] = {conf::log_level::trace, conf::log_level::debug,
                                              conf::log_level::info, conf::log_level::warn,
                                              conf::log_level::error};

/// Finds a module by its name. Lists the names if there is no such module.
std::optional<log_module> module_of(std::string_view name, std::vector<std::string_view>& names) {
  for (size_t i = 0; i < log_module_count; ++i) {
    const auto module = static_cast<log_module>(i);
    if (to_string(module) == name)
      return module;
    names.push_back(to_string(module));
  }
  return {};
}

api_call set_log_level(std::string_view name, api_parameters query) {
  std::vector<std::string_view> names;
  const auto module = module_of(name, names);
  if (!module)
    return admin::problem_document{404, "the log has no module " + in_quotes(name)
                                          + "; its modules: " + listed(names)};
  log_order order{.module = *module};
  api_body body{query.request()};
  const auto level = body.take_word("level", all_log_levels);
  body.require("level", level.has_value());
  order.level = level.value_or(order.level);
  if (const auto time = body.take_integer("for_s", 1, log_order::longest_time.count()))
    order.time = std::chrono::seconds{*time};
  return query.finish(body.finish(diagnosis_request{order}));
}

api_call flush_dns(api_parameters query) {
  flush_order order;
  api_body body{query.request(), api_body::presence::optional};
  if (const auto text = body.take_text("name")) {
    const auto name = domain_name::parse(*text);
    if (name)
      order.name = *name;
    else
      body.refuse("name is " + in_quotes(*text) + ", which is not a domain");
  }
  return query.finish(body.finish(diagnosis_request{std::move(order)}));
}

/// Takes a JID, of which a domain alone is one.
explained_address take_address(api_body& body, std::string_view member) {
  const auto text = body.take_text(member);
  body.require(member, text.has_value());
  if (!text)
    return {};
  const auto parts = split_jid(*text);
  const auto domain = parts ? domain_name::parse(parts->domain) : std::nullopt;
  if (domain)
    return {*domain, std::string{parts->bare}};
  body.refuse(std::string{member} + " is " + in_quotes(*text)
              + ", which is neither a JID nor a domain");
  return {};
}

api_call explain_way(api_parameters query) {
  api_body body{query.request()};
  explain_question question;
  question.from = take_address(body, "from");
  question.to = take_address(body, "to");
  question.connect = body.take_flag("connect").value_or(false);
  return query.finish(body.finish(diagnosis_request{std::move(question)}));
}

api_call check_parts(api_parameters query) {
  api_body body{query.request(), api_body::presence::optional};
  auto wanted = body.take_words("what", all_checked_parts);
  check_question question;
  for (const auto part : all_checked_parts)
    if (wanted.empty() || std::ranges::find(wanted, part) != wanted.end())
      question.parts.push_back(part);
  return query.finish(body.finish(diagnosis_request{std::move(question)}));
}

} // namespace

std::string_view to_string(checked_part part) {
  switch (part) {
  case checked_part::dns:
    return "dns";
  case checked_part::certificates:
    return "certificates";
  case checked_part::reach:
    return "reach";
  case checked_part::nodes:
    return "nodes";
  case checked_part::estate:
    break;
  }
  return "estate";
}

std::vector<api_route> diagnosis_routes() {
  return {
    {"GET",
     {"log"},
     [](std::string_view, api_parameters query) {
       return query.finish(diagnosis_request{log_question{}});
     }},
    {"PUT",
     {"log", "*"},
     [](std::string_view module, api_parameters query) {
       return set_log_level(module, std::move(query));
     }},
    {"POST",
     {"dns", "flush"},
     [](std::string_view, api_parameters query) { return flush_dns(std::move(query)); }},
    {"POST",
     {"explain"},
     [](std::string_view, api_parameters query) { return explain_way(std::move(query)); }},
    {"POST",
     {"check"},
     [](std::string_view, api_parameters query) { return check_parts(std::move(query)); }},
  };
}

} // namespace fedhub
