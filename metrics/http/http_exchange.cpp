#include "metrics/http/http_exchange.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "metrics/http/http_encoding.hpp"

namespace fedhub {

namespace {

constexpr const char* head_too_large = "the request's head is too large";
constexpr const char* body_too_large = "the request's body is too large";
constexpr const char* not_answered = "the request could not be answered";
constexpr const char* too_many_streams = "there are too many event streams";
constexpr const char* not_in_time = "the request was not answered in time";

/// Returns all names and values of one kind from the library.
http_fields fields_of(MHD_Connection* connection, MHD_ValueKind kind) {
  http_fields fields;
  MHD_get_connection_values_n(
    connection, kind,
    [](void* to, MHD_ValueKind, const char* name, size_t name_size, const char* value,
       size_t value_size) {
      static_cast<http_fields*>(to)->emplace_back(
        std::string{name, name_size},
        value == nullptr ? std::string{} : std::string{value, value_size});
      return MHD_YES;
    },
    &fields);
  return fields;
}

/// Returns the announced size of the body, 0 if there is none. The library has checked the number.
uint64_t announced_octets(const http_fields& headers) {
  const auto text = http_header(headers, "Content-Length");
  uint64_t octets = 0;
  std::from_chars(text.data(), text.data() + text.size(), octets);
  return octets;
}

void compress(http_response& response) {
  response.body = gzip(response.body);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

/// Frees a response of the library's when the connection has it.
using response_ptr = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

/// Returns a response of the library's that owns the body; null if there is no memory.
response_ptr response_with(std::string&& text) {
  auto body = std::make_unique<std::string>(std::move(text));
  response_ptr response{MHD_create_response_from_buffer_with_free_callback_cls(
                          body->size(), body->data(),
                          [](void* owned) { delete static_cast<std::string*>(owned); }, body.get()),
                        &MHD_destroy_response};
  if (response != nullptr)
    static_cast<void>(body.release()); // the response owns it now
  return response;
}

/// Queues a response. @param last it ends the connection.
/// @returns MHD_NO if there is none, or if a header cannot be sent.
MHD_Result queue(MHD_Connection* connection, unsigned status, const http_fields& headers, bool last,
                 const response_ptr& response) {
  if (response == nullptr)
    return MHD_NO;
  bool complete =
    !last || MHD_add_response_header(response.get(), "Connection", "close") == MHD_YES;
  for (const auto& [name, value] : headers)
    complete &= MHD_add_response_header(response.get(), name.c_str(), value.c_str()) == MHD_YES;
  return complete ? MHD_queue_response(connection, status, response.get()) : MHD_NO;
}

MHD_Result queue(MHD_Connection* connection, http_response&& from, bool last) {
  return queue(connection, from.status, from.headers, last, response_with(std::move(from.body)));
}

} // namespace

http_exchange::http_exchange(const http_service& service, http_request request, uint64_t client,
                             bool last)
  : service_{service}, request_{std::move(request)}, client_{client}, last_{last} {}

http_exchange::~http_exchange() {
  if (number_)
    service_.replies->forget(*number_);
}

MHD_Result http_exchange::begin(MHD_Connection* connection) {
  request_.headers = fields_of(connection, MHD_HEADER_KIND);
  request_.query = fields_of(connection, MHD_GET_ARGUMENT_KIND);
  gzip_ = accepts_gzip(http_header(request_.headers, "Accept-Encoding"));
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  if (info != nullptr && info->header_size > service_.head_octets)
    return refuse(connection, 431, head_too_large);
  if (announced_octets(request_.headers) > service_.body_octets)
    return refuse(connection, 413, body_too_large);
  return MHD_YES;
}

MHD_Result http_exchange::take(std::string_view part) {
  // The library accepts no response before the whole body has arrived.
  too_large_ |= part.size() > service_.body_octets - request_.body.size();
  if (!too_large_)
    request_.body.append(part);
  return MHD_YES;
}

MHD_Result http_exchange::end(MHD_Connection* connection) {
  if (too_large_)
    return refuse(connection, 413, body_too_large);
  if (reply_)
    return send(connection, std::move(*reply_));
  if (number_) {
    suspended_ = connection;
    MHD_suspend_connection(connection);
    return MHD_YES;
  }
  call_handler();
  // The connection is not suspended yet. The library then calls again at once, and has noted that
  // it must not read. If a connection is suspended earlier, the library reads first when it is
  // resumed, takes the end of the client's input for the end of the client, and sends nothing.
  reply_ = service_.replies->take_or_wait(*number_);
  return reply_ ? send(connection, std::move(*reply_)) : MHD_YES;
}

void http_exchange::call_handler() {
  number_ = service_.replies->open();
  try {
    service_.handler(std::move(request_), http_responder{service_.replies, *number_});
  } catch (...) {
    service_.replies->post(*number_, http_failure::dropped);
  }
}

void http_exchange::answer(http_reply reply) {
  reply_ = std::move(reply);
  service_.replies->forget(*number_);
  if (suspended_ != nullptr)
    MHD_resume_connection(std::exchange(suspended_, nullptr));
}

MHD_Result http_exchange::send(MHD_Connection* connection, http_reply&& reply) {
  if (const auto* failure = std::get_if<http_failure>(&reply)) {
    switch (*failure) {
    case http_failure::dropped:
      return refuse(connection, 500, not_answered);
    case http_failure::late:
      last_ = true;
      return refuse(connection, 503, not_in_time);
    case http_failure::gone:
      return MHD_NO;
    }
  }
  if (auto* source = std::get_if<http_stream_source>(&reply))
    return begin_stream(connection, std::move(*source));
  auto& response = std::get<http_response>(reply);
  if (response.compressible) {
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (gzip_)
      compress(response);
  }
  const MHD_Result queued = queue(connection, std::move(response), last_);
  return queued == MHD_YES ? queued : refuse(connection, 500, not_answered);
}

MHD_Result http_exchange::begin_stream(MHD_Connection* connection, http_stream_source&& source) {
  if (!service_.admit_stream(client_)) {
    source.buffer().end(http_stream_end::refused);
    const auto refused = std::move(source); // calls back
    return refuse(connection, 503, too_many_streams);
  }
  stream_.emplace(std::move(source));
  streaming_ = connection;
  last_ = true;
  constexpr size_t block_octets = 4096; // for clients that do not know chunks (HTTP/1.0)
  const response_ptr response{MHD_create_response_from_callback(
                                MHD_SIZE_UNKNOWN, block_octets,
                                [](void* self, uint64_t, char* to, size_t room) {
                                  return static_cast<http_exchange*>(self)->read_events(to, room);
                                },
                                this, nullptr),
                              &MHD_destroy_response};
  auto headers = std::move(stream_->headers);
  headers.emplace_back("Content-Type", "text/event-stream");
  headers.emplace_back("Cache-Control", "no-store");
  if (queue(connection, 200, headers, last_, response) == MHD_YES)
    return MHD_YES;
  stream_.reset();
  return refuse(connection, 500, not_answered);
}

ssize_t http_exchange::read_events(char* to, size_t room) {
  const auto size = stream_->buffer().take(to, room);
  if (!size)
    return stream_->buffer().ended() == http_stream_end::owner ? MHD_CONTENT_READER_END_OF_STREAM
                                                               : MHD_CONTENT_READER_END_WITH_ERROR;
  if (*size == 0) {
    suspended_ = streaming_;
    MHD_suspend_connection(streaming_);
  }
  return static_cast<ssize_t>(*size);
}

bool http_exchange::continue_stream() {
  if (!stream_ || suspended_ == nullptr || !stream_->buffer().ready())
    return false;
  MHD_resume_connection(std::exchange(suspended_, nullptr));
  return true;
}

MHD_Result http_exchange::refuse(MHD_Connection* connection, unsigned status, const char* why) {
  return queue(connection, service_.problem(status, why), last_);
}

} // namespace fedhub
