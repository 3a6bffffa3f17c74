// One request in libmicrohttpd, and its response.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <microhttpd.h>

#include "metrics/http/http_message.hpp"

namespace fedhub {

/// Collects a request in the library's order (head, parts of the body, end), and passes the
/// response to the library. Each function returns the result for the library's callback.
class http_exchange {
public:
  /// @param body_octets a longer body is answered 413.
  /// @param path from the library, decoded.
  http_exchange(size_t body_octets, std::string method, std::string path, http_peer peer);

  /// Reads the head.
  /// @param head_octets a longer one is answered 431.
  MHD_Result begin(MHD_Connection* connection, size_t head_octets);

  /// Adds a part of the body.
  MHD_Result take(std::string_view part);

  /// Calls the handler and sends its response.
  MHD_Result end(MHD_Connection* connection, const http_handler& handler);

private:
  const size_t body_octets_;
  http_request request_;
  bool too_large_ = false; ///< the body has exceeded its limit.
};

} // namespace fedhub
