// The calls about notifications.
#include <utility>
#include <variant>

#include "actors/admin/api_route.hpp"
#include "actors/admin/notification_board.hpp"

namespace fedhub {

namespace {

api_call list_notifications(std::string_view, api_parameters query) {
  notifications_question question{query.take_page()};
  const auto& after = question.page.after;
  if (!after.empty() && !notification_board::parse_place(after))
    query.refuse("after is " + in_quotes(after) + "; allowed: the `next` of an earlier answer");
  return query.finish(admin_question{std::move(question)});
}

api_call acknowledge_notification(std::string_view id, api_parameters query) {
  const auto number = read_id(id, "notification");
  if (const auto* problem = std::get_if<admin::problem_document>(&number))
    return *problem;
  return query.finish(admin_order{.what = admin_order::action::acknowledge,
                                  .domain = {},
                                  .notification = std::get<uint64_t>(number)});
}

} // namespace

std::vector<api_route> notification_routes() {
  return {{"GET", {"notifications"}, list_notifications},
          {"POST", {"notifications", "*", "acknowledge"}, acknowledge_notification}};
}

} // namespace fedhub
