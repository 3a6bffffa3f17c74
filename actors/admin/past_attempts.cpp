#include "actors/admin/past_attempts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/admin/api_response.hpp"
#include "actors/history/history_reader.hpp"
#include "protocol/admin/answer_json.hpp"

namespace fedhub {

namespace {

/// The two times of one attempt are taken from different readings of the clock.
constexpr std::chrono::milliseconds same_time{2};

/// Returns whether the event, which is of an attempt's end, is of one of these attempts.
bool is_known(const admin::event_row& event, const std::vector<admin::attempt_row>& attempts) {
  return std::ranges::any_of(attempts, [&](const admin::attempt_row& attempt) {
    return attempt.ended
           && event.failure
                == (attempt.why == failure::none ? std::string_view{} : to_string(attempt.why))
           && std::chrono::abs(event.time - *attempt.ended) <= same_time;
  });
}

} // namespace

void answer_with_past(history_reader& past, admin::domain_details domain,
                      const http_responder& respond) {
  events_question question;
  question.filter = {domain.row.name, admin::event_kind::attempt};
  question.page.limit = admin::domain_details::most_attempts;
  past.ask(std::move(question),
           [domain = std::move(domain),
            respond](const history_answer<admin::history_page<admin::event_row>>& answer) mutable {
             if (answer)
               for (const auto& event : answer->items)
                 if (domain.attempts.size() + domain.past_attempts.size()
                       < admin::domain_details::most_attempts
                     && !event.attempt.empty() && !is_known(event, domain.attempts))
                   domain.past_attempts.push_back(event.attempt);
             respond(json_response(json_of(domain)));
           });
}

} // namespace fedhub
