#include "actors/admin/history_answers.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "actors/admin/api_response.hpp"
#include "actors/history/history_reader.hpp"
#include "metrics/http/http_event.hpp"

namespace fedhub {

namespace {

/// Some 1,000 events: a client that has not taken so many can go on after the last one it has.
constexpr size_t stream_octets = 262'144;

/// Returns a reply that sends the answer as JSON.
template <class Row>
history_reader::reply_to<Row> as_json(const http_responder& respond) {
  return [respond](const history_answer<admin::history_page<Row>>& answer) {
    respond(answer ? json_response(json_of(*answer)) : response_of(answer.error()));
  };
}

void answer_with_events(history_reader& reader, const follow_question& question,
                        const http_request& request, const http_responder& respond) {
  const auto known = last_event_id(request.headers);
  std::optional<int64_t> after;
  if (!known.empty()) {
    const auto* end = known.data() + known.size();
    const auto [rest, error] = std::from_chars(known.data(), end, after.emplace());
    if (error != std::errc{} || rest != end || *after < 0)
      return void(respond(response_of(admin::problem_document{
        400, "Last-Event-ID is not the id of an event, which is a number"})));
  }
  reader.follow(question, after, [respond](std::optional<admin::problem_document> problem) {
    if (!problem)
      return respond.stream({.buffer_octets = stream_octets});
    respond(response_of(*problem));
    return http_event_stream{};
  });
}

} // namespace

void answer_history(history_reader& reader, const history_question& question,
                    const http_request& request, const http_responder& respond) {
  if (const auto* events = std::get_if<events_question>(&question))
    reader.ask(*events, as_json<admin::event_row>(respond));
  else if (const auto* audit = std::get_if<audit_question>(&question))
    reader.ask(*audit, as_json<admin::audit_row>(respond));
  else
    answer_with_events(reader, std::get<follow_question>(question), request, respond);
}

} // namespace fedhub
