// The calls about the hub, its domains, streams and nodes.
#include "actors/admin/api_route.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "actors/admin/domain_order.hpp"

namespace fedhub {

namespace {

using admin::problem_document;

constexpr stream_leg all_legs[] = {stream_leg::s2s_in, stream_leg::s2s_out,
                                   stream_leg::node_component, stream_leg::node_s2s_in,
                                   stream_leg::node_s2s_out};
constexpr stream_state all_stream_states[] = {stream_state::negotiating,
                                              stream_state::authenticated};
constexpr admin::domain_state all_domain_states[] = {
  admin::domain_state::refused,    admin::domain_state::connected, admin::domain_state::failing,
  admin::domain_state::connecting, admin::domain_state::waiting,   admin::domain_state::idle};

api_call list_domains(api_parameters query) {
  domains_question question;
  question.match = query.take_match();
  question.state = query.take_word("state", all_domain_states);
  question.sort = query.take("sort").value_or("");
  if (!domain_order::parse(question.sort))
    query.refuse("sort is " + in_quotes(question.sort)
                 + "; allowed: " + listed(domain_order::fields())
                 + ", and each but the first with \"-\" before it");
  question.page = query.take_page();
  if (!question.page.after.empty() && !domain_order::parse_place(question.page.after))
    query.refuse("after is " + in_quotes(question.page.after)
                 + "; allowed: the `next` of an earlier answer");
  return query.finish(admin_question{std::move(question)});
}

api_call list_streams(api_parameters query) {
  streams_question question;
  question.match = query.take_match();
  question.leg = query.take_word("leg", all_legs);
  question.state = query.take_word("state", all_stream_states);
  question.page = query.take_page();
  const auto& after = question.page.after;
  if (!std::ranges::all_of(after, [](char x) { return x >= '0' && x <= '9'; }) || after.size() > 19)
    query.refuse("after is " + in_quotes(after) + "; allowed: the `next` of an earlier answer");
  return query.finish(admin_question{std::move(question)});
}

api_call list_nodes(api_parameters query) {
  return query.finish(admin_question{nodes_question{query.take_page()}});
}

/// Reads a path's segment as a domain.
std::variant<domain_name, problem_document> read_domain(std::string_view text) {
  if (auto name = domain_name::parse(text))
    return *name;
  return problem_document{400, in_quotes(text) + " is not a domain"};
}

/// Makes a call from a value, or returns the problem with it.
template <class Value, class Make>
api_call with(std::variant<Value, problem_document> read, api_parameters query, Make make) {
  if (auto* problem = std::get_if<problem_document>(&read))
    return std::move(*problem);
  return query.finish(make(std::get<Value>(std::move(read))));
}

} // namespace

std::vector<api_route> federation_routes() {
  using order = admin_order::action;
  return {
    {"GET",
     {"status"},
     [](std::string_view, api_parameters query) {
       return query.finish(admin_question{status_question{}});
     }},
    {"GET",
     {"openapi.json"},
     [](std::string_view, api_parameters query) { return query.finish(description_question{}); }},
    {"GET",
     {"domains"},
     [](std::string_view, api_parameters query) { return list_domains(std::move(query)); }},
    {"GET",
     {"domains", "*"},
     [](std::string_view name, api_parameters query) {
       return with(read_domain(name), std::move(query), [](domain_name domain) {
         return admin_question{domain_question{std::move(domain)}};
       });
     }},
    {"GET",
     {"streams"},
     [](std::string_view, api_parameters query) { return list_streams(std::move(query)); }},
    {"GET",
     {"streams", "*"},
     [](std::string_view id, api_parameters query) {
       return with(read_id(id, "stream"), std::move(query),
                   [](uint64_t number) { return admin_question{stream_question{number}}; });
     }},
    {"GET",
     {"nodes"},
     [](std::string_view, api_parameters query) { return list_nodes(std::move(query)); }},
    {"POST",
     {"domains", "*", "retry"},
     [](std::string_view name, api_parameters query) {
       return with(read_domain(name), std::move(query), [](domain_name domain) {
         return admin_order{.what = order::retry_domain, .domain = std::move(domain)};
       });
     }},
    {"POST",
     {"domains", "*", "close"},
     [](std::string_view name, api_parameters query) {
       return with(read_domain(name), std::move(query), [](domain_name domain) {
         return admin_order{.what = order::close_domain, .domain = std::move(domain)};
       });
     }},
    {"POST",
     {"streams", "*", "close"},
     [](std::string_view id, api_parameters query) {
       return with(read_id(id, "stream"), std::move(query), [](uint64_t number) {
         return admin_order{.what = order::close_stream, .domain = {}, .stream = number};
       });
     }},
  };
}

} // namespace fedhub
