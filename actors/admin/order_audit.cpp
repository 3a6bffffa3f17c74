#include "actors/admin/order_audit.hpp"

#include <string>
#include <variant>

#include "actors/log/log.hpp"

namespace fedhub {

namespace {

std::string_view action_word(admin_order::action action) {
  switch (action) {
  case admin_order::action::retry_domain:
    return "retry";
  case admin_order::action::close_domain:
  case admin_order::action::close_stream:
    return "close";
  case admin_order::action::acknowledge:
    return "acknowledge";
  }
  return {};
}

std::string outcome_of(const admin_answer* answer) {
  if (answer == nullptr)
    return "no answer";
  if (const auto* problem = std::get_if<admin::problem_document>(answer))
    return "refused: " + problem->detail;
  return "done";
}

} // namespace

std::string caller_of(const http_peer& peer) {
  return peer.uid ? "uid " + std::to_string(*peer.uid) : peer.address;
}

admin::audit_row audit_of(const admin_order& order, const http_peer& caller,
                          const admin_answer* answer) {
  return {
    .kind = std::string{action_word(order.what)},
    .actor = caller_of(caller),
    .domain = order.domain.str(),
    .stream = order.stream,
    .detail =
      (order.notification == 0 ? "" : "notification " + std::to_string(order.notification) + ": ")
      + outcome_of(answer)};
}

std::optional<admin::audit_row> audit_of(const diagnosis_request& request,
                                         const http_peer& caller) {
  admin::audit_row row{.actor = caller_of(caller)};
  if (const auto* log = std::get_if<log_order>(&request)) {
    row.kind = "log";
    row.detail = std::string{to_string(log->module)} + ": " + std::string{to_string(log->level)}
                 + " for " + std::to_string(log->time.count()) + " s";
  } else if (const auto* flush = std::get_if<flush_order>(&request)) {
    row.kind = "dns-flush";
    row.domain = flush->name.str();
  } else if (const auto* way = std::get_if<explain_question>(&request); way && way->connect) {
    row.kind = "explain";
    row.domain = way->to.domain.str();
    row.detail = "with a connection";
  } else {
    return {};
  }
  return row;
}

} // namespace fedhub
