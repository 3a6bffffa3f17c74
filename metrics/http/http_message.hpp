// A request and its response, without a socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace fedhub {

/// Names with their values, in the order sent; a name may occur several times.
using http_fields = std::vector<std::pair<std::string, std::string>>;

/// Where a request comes from.
struct http_peer {
  std::string address;      ///< the IP address, a mapped one as IPv4; empty on a Unix socket.
  std::optional<uid_t> uid; ///< on a Unix socket, the user who connected.
};

/// A whole request (RFC 9110 §3.4).
struct http_request {
  std::string method;  ///< case-sensitive (RFC 9110 §9.1).
  std::string target;  ///< as sent, with its query (RFC 9112 §3.2); see `path_segments`.
  std::string path;    ///< with decoded escapes, except a path with `%00`.
  http_fields query;   ///< decoded likewise, with `+` as a space.
  http_fields headers; ///< names as sent.
  std::string body;    ///< `http_server::limits::body_octets` at most.
  http_peer peer;
};

/// The answer to a request. The server adds `Content-Length`, `Date` and `Connection`.
struct http_response {
  unsigned status = 200;
  std::string body; ///< not sent in the response to HEAD.
  http_fields headers = {};
  /// The server may send the body as gzip. Do not set it if the body has a secret next to text that
  /// the client chose, since the compressed length would reveal the secret.
  bool compressible = false;
};

/// Returns a response with a body of plain text.
http_response plain_text(unsigned status, std::string body);

/// Returns the response to a request that the server itself refuses.
/// @param why as text for people, without an end of line.
using http_problem = std::function<http_response(unsigned status, const std::string& why)>;

/// Returns the reason as plain text in a line of its own.
http_response plain_problem(unsigned status, const std::string& why);

/// Answers one request. Runs in the server's thread, so it must not wait.
using http_handler = std::function<http_response(const http_request&)>;

/// Compares names of headers or codings, regardless of the case of ASCII letters.
bool equal_http_names(std::string_view x, std::string_view y);

/// Returns the value of the first header with this name; empty if there is none.
/// @param name its case does not matter.
std::string_view http_header(const http_fields& headers, std::string_view name);

/// Returns whether the octets can be the beginning of a request: a method (RFC 9110 §9.1, at most
/// 32 octets), then a space.
/// @param octets the first ones received; they may end anywhere.
bool begins_http_request(std::string_view octets);

} // namespace fedhub
