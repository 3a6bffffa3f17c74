#include "conf/ctl/api_client.hpp"

#include <cerrno>
#include <system_error>

#include <curl/curl.h>

#include "protocol/text/printable_text.hpp"

namespace fedhub::ctl {

namespace {

constexpr std::chrono::seconds connect_limit{10};
constexpr size_t longest_shown_address = 300;
constexpr long status_of_stream = 200; ///< an answer with any other status has an end.

using header_list = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void append_header(header_list& list, const std::string& line) {
  if (auto* longer = curl_slist_append(list.get(), line.c_str())) {
    static_cast<void>(list.release());
    list.reset(longer);
  }
}

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

} // namespace

/// One request and its answer.
struct api_client::exchange {
  const api_request& request;
  const receiver* receive = nullptr; ///< of an answer without end.
  header_list headers{nullptr, &curl_slist_free_all};
  http_answer answer = {};
  size_t header_octets = 0;
  bool too_large = false;
  bool ended_by_receiver = false;
  void* handle = nullptr;
  /// When the request began, or the stream brought its last octets.
  std::chrono::steady_clock::time_point last_sign = std::chrono::steady_clock::now();

  bool is_silent() const { return std::chrono::steady_clock::now() - last_sign >= stream_silence; }

  long status() const {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  /// Takes a line of the header. @returns the octets taken; fewer end the request.
  static size_t take_header(char*, size_t, size_t octets, void* user) {
    auto& self = *static_cast<exchange*>(user);
    self.header_octets += octets;
    self.too_large = self.header_octets > most_header_octets;
    return self.too_large ? 0 : octets;
  }

  /// libcurl calls this once a second while nothing comes. @returns whether to end the request.
  static int look(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& self = *static_cast<exchange*>(user);
    self.ended_by_receiver = self.ended_by_receiver || !(*self.receive)({});
    return self.ended_by_receiver || self.is_silent() ? 1 : 0;
  }

  static size_t take_body(char* data, size_t, size_t octets, void* user) {
    auto& self = *static_cast<exchange*>(user);
    if (self.receive && self.status() == status_of_stream) {
      self.last_sign = std::chrono::steady_clock::now();
      self.ended_by_receiver = !(*self.receive)({data, octets});
      return self.ended_by_receiver ? 0 : octets;
    }
    self.too_large = self.answer.body.size() + octets > most_answer_octets;
    if (self.too_large)
      return 0;
    self.answer.body.append(data, octets);
    return octets;
  }
};

void api_client::curl_end::operator()(void* handle) const { curl_easy_cleanup(handle); }

api_client::api_client(const hub_endpoint& hub, std::string token)
  : socket_(hub.socket), base_(hub.url ? hub.url->base : "http://localhost"),
    token_(std::move(token)), handle_(curl_easy_init()) {}

api_client::~api_client() = default;

tl::expected<http_answer, std::string> api_client::ask(const api_request& request) {
  if (!handle_)
    return tl::unexpected{std::string{"out of memory"}};
  curl_easy_reset(handle_.get());
  exchange exchange{request};
  curl_easy_setopt(handle_.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::chrono::milliseconds(request.time_limit).count()));
  return perform(exchange);
}

tl::expected<http_answer, std::string> api_client::follow(const api_request& request,
                                                          const std::string& last_event_id,
                                                          const receiver& receive) {
  if (!handle_)
    return tl::unexpected{std::string{"out of memory"}};
  curl_easy_reset(handle_.get());
  exchange exchange{request, &receive};
  append_header(exchange.headers, "Accept: text/event-stream");
  if (!last_event_id.empty())
    append_header(exchange.headers, "Last-Event-ID: " + last_event_id);
  // A limit on the speed would take a comment line every 15 s for nothing.
  curl_easy_setopt(handle_.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle_.get(), CURLOPT_XFERINFOFUNCTION, &exchange::look);
  curl_easy_setopt(handle_.get(), CURLOPT_XFERINFODATA, &exchange);
  return perform(exchange);
}

tl::expected<http_answer, std::string> api_client::perform(exchange& exchange) {
  auto* const curl = handle_.get();
  const auto& request = exchange.request;
  const auto url = base_ + request.target();
  exchange.handle = curl;
  if (!socket_.empty())
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  else if (!token_.empty())
    append_header(exchange.headers, "Authorization: Bearer " + token_);
  // Without a body libcurl would say that it is a form.
  append_header(exchange.headers,
                request.body.empty() ? "Content-Type:" : "Content-Type: " + request.media_type);
  if (!request.if_match.empty())
    append_header(exchange.headers, "If-Match: " + request.if_match);
  append_header(exchange.headers, "Expect:"); // no pause before the body
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, ""); // whatever the environment says
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "fedhubctl/" FEDHUB_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(connect_limit.count()));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (request.method != http_method::get) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    const std::string method{to_string(request.method)};
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str()); // libcurl copies it
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange.headers.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &exchange::take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &exchange::take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  const auto code = curl_easy_perform(curl);
  if (code != CURLE_OK && !exchange.ended_by_receiver)
    return tl::unexpected{reason(code, exchange)};
  exchange.answer.status = static_cast<int>(exchange.status());
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  const std::string_view media_type = type ? type : "";
  exchange.answer.media_type = media_type.substr(0, media_type.find(';'));
  return std::move(exchange.answer);
}

std::string api_client::reason(int code, const exchange& exchange) const {
  const auto hub = "the hub does not answer at "
                   + printable(socket_.empty() ? base_ : socket_, longest_shown_address) + ": ";
  if (exchange.too_large)
    return hub + "its answer is too large";
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return hub + "nothing came within " + seconds_text(stream_silence);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return hub + "there was no whole answer within "
           + seconds_text(exchange.receive ? connect_limit : exchange.request.time_limit);
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
    return hub + "the program that listens there does not speak HTTP";
  if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE)
    return hub + "the connection ended before the answer was complete";
  long error = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &error);
  if (socket_.empty() || code != CURLE_COULDNT_CONNECT)
    return hub + curl_easy_strerror(static_cast<CURLcode>(code));
  switch (error) {
  case ENOENT:
    return hub
           + "there is no such socket. Is fedhub running (systemctl status fedhub)? --socket "
             "names another one";
  case EACCES:
  case EPERM:
    return hub
           + "permission denied. Your account must be in the group fedhub-admin; log in again "
             "after it has been added";
  case ECONNREFUSED:
    return hub + "nobody listens there. Is fedhub running (systemctl status fedhub)?";
  default:
    return hub + std::generic_category().message(static_cast<int>(error));
  }
}

} // namespace fedhub::ctl
