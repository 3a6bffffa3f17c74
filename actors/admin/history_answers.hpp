// The calls about the history, answered by its reader.
#pragma once

#include "actors/history/history_question.hpp"
#include "metrics/http/http_message.hpp"
#include "metrics/http/http_responder.hpp"

namespace fedhub {

class history_reader;

/// Has the reader answer a question. Does not wait.
/// @param request its `Last-Event-ID` says where an event stream goes on.
void answer_history(history_reader& reader, const history_question& question,
                    const http_request& request, const http_responder& respond);

} // namespace fedhub
