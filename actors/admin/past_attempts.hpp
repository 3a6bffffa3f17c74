// The attempts of a domain that only the history knows.
#pragma once

#include "metrics/http/http_responder.hpp"
#include "protocol/admin/domain_row.hpp"

namespace fedhub {

class history_reader;

/// Answers with the domain. Adds attempts from the history until there are
/// `admin::domain_details::most_attempts`: those from before the domain's actor began. Without an
/// answer from the history it answers with what is there. Returns at once. Any thread may call it.
void answer_with_past(history_reader& past, admin::domain_details domain,
                      const http_responder& respond);

} // namespace fedhub
