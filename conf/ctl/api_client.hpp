// Requests to the hub, over its Unix socket or by HTTPS.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "conf/ctl/api_request.hpp"
#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// The largest answer that the client takes, in octets, and the largest header of one.
inline constexpr size_t most_answer_octets = 8u << 20;
inline constexpr size_t most_header_octets = 64u << 10;

struct http_answer {
  int status = 0;
  std::string media_type; ///< of Content-Type, without its parameters.
  std::string body;
};

/// The client of one hub. It follows no redirect and uses no proxy, so a request and its token go
/// nowhere else. For one thread.
class api_client {
public:
  /// @param token sent as a bearer token to a URL; empty: none. @pre the URL may carry it.
  api_client(const hub_endpoint& hub, std::string token);
  ~api_client();
  api_client(const api_client&) = delete;
  api_client& operator=(const api_client&) = delete;

  /// Sends a request and waits for the whole answer, for `request.time_limit` at most.
  /// @returns the answer, whatever its status; or a sentence that says why there is none.
  tl::expected<http_answer, std::string> ask(const api_request& request);

  /// Takes octets of an answer as they come, and about once a second none. @returns whether to go
  /// on.
  using receiver = std::function<bool(std::string_view octets)>;

  /// Sends a request whose answer has no end, and passes on what comes with status 200 until the
  /// answer ends, the receiver ends it, or nothing comes for `stream_silence`.
  /// @param last_event_id where to go on (Last-Event-ID); empty: now.
  /// @returns the answer, with a body for another status; or why there is none.
  tl::expected<http_answer, std::string>
  follow(const api_request& request, const std::string& last_event_id, const receiver& receive);

private:
  struct exchange;

  struct curl_end {
    void operator()(void* handle) const;
  };

  tl::expected<http_answer, std::string> perform(exchange& exchange);
  std::string reason(int code, const exchange& exchange) const;

  std::string socket_;
  std::string base_;
  std::string token_;
  std::unique_ptr<void, curl_end> handle_;
};

/// The time for which an event stream may be silent: the hub sends a comment line every 15 s.
inline constexpr std::chrono::seconds stream_silence{45};

} // namespace fedhub::ctl
