#include "metrics/http/http_exchange.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "metrics/http/http_encoding.hpp"

namespace fedhub {

namespace {

http_response head_too_large() { return plain_text(431, "the request's head is too large\n"); }
http_response body_too_large() { return plain_text(413, "the request's body is too large\n"); }
http_response broken() { return plain_text(500, "the request could not be answered\n"); }

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

/// Returns a response of the library that owns the body. Null if there is no memory, or if a header
/// cannot be sent.
MHD_Response* make_response(http_response&& from) {
  auto body = std::make_unique<std::string>(std::move(from.body));
  MHD_Response* response = MHD_create_response_from_buffer_with_free_callback_cls(
    body->size(), body->data(), [](void* text) { delete static_cast<std::string*>(text); },
    body.get());
  if (response == nullptr)
    return nullptr;
  static_cast<void>(body.release()); // the response owns it now
  bool complete = MHD_add_response_header(response, "Connection", "close") == MHD_YES;
  for (const auto& [name, value] : from.headers)
    complete &= MHD_add_response_header(response, name.c_str(), value.c_str()) == MHD_YES;
  if (complete)
    return response;
  MHD_destroy_response(response);
  return nullptr;
}

MHD_Result respond(MHD_Connection* connection, http_response&& with) {
  unsigned status = with.status;
  MHD_Response* response = make_response(std::move(with));
  if (response == nullptr) {
    auto instead = broken();
    status = instead.status;
    response = make_response(std::move(instead));
  }
  if (response == nullptr)
    return MHD_NO;
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

} // namespace

http_exchange::http_exchange(size_t body_octets, std::string method, std::string path,
                             http_peer peer)
  : body_octets_{body_octets} {
  request_.method = std::move(method);
  request_.path = std::move(path);
  request_.peer = std::move(peer);
}

MHD_Result http_exchange::begin(MHD_Connection* connection, size_t head_octets) {
  request_.headers = fields_of(connection, MHD_HEADER_KIND);
  request_.query = fields_of(connection, MHD_GET_ARGUMENT_KIND);
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  if (info != nullptr && info->header_size > head_octets)
    return respond(connection, head_too_large());
  if (announced_octets(request_.headers) > body_octets_)
    return respond(connection, body_too_large());
  return MHD_YES;
}

MHD_Result http_exchange::take(std::string_view part) {
  // The library accepts no response before the whole body has arrived.
  too_large_ |= part.size() > body_octets_ - request_.body.size();
  if (!too_large_)
    request_.body.append(part);
  return MHD_YES;
}

MHD_Result http_exchange::end(MHD_Connection* connection, const http_handler& handler) {
  if (too_large_)
    return respond(connection, body_too_large());
  http_response response;
  try {
    response = handler(request_);
  } catch (...) {
    response = broken();
  }
  if (response.compressible) {
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (accepts_gzip(http_header(request_.headers, "Accept-Encoding")))
      compress(response);
  }
  return respond(connection, std::move(response));
}

} // namespace fedhub
