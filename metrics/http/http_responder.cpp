#include "metrics/http/http_responder.hpp"

#include <utility>

#include "metrics/http/http_reply_queue.hpp"

namespace fedhub {

/// Shared by the copies of a responder.
class http_responder::ticket {
public:
  ticket(std::shared_ptr<http_reply_queue> to, uint64_t request)
    : to_{std::move(to)}, request_{request} {}
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;
  ~ticket() { to_->post(request_, http_failure::dropped); } // in vain if it has been answered

  bool post(http_reply reply) { return to_->post(request_, std::move(reply)); }
  http_event_stream stream(http_stream_options&& options) {
    auto buffer =
      std::make_shared<http_event_buffer>(to_, options.buffer_octets, std::move(options.ended));
    to_->post(request_, http_stream_source{buffer, std::move(options.headers)});
    return http_event_stream{std::move(buffer)};
  }
  bool awaited() const { return to_->expects(request_); }

private:
  const std::shared_ptr<http_reply_queue> to_;
  const uint64_t request_;
};

http_responder::http_responder(std::shared_ptr<http_reply_queue> to, uint64_t request)
  : ticket_{std::make_shared<ticket>(std::move(to), request)} {}

bool http_responder::operator()(http_response response) const {
  return ticket_ != nullptr && ticket_->post(std::move(response));
}

http_event_stream http_responder::stream(http_stream_options options) const {
  if (ticket_ != nullptr)
    return ticket_->stream(std::move(options));
  if (options.ended)
    options.ended(http_stream_end::gone);
  return {};
}

bool http_responder::awaited() const { return ticket_ != nullptr && ticket_->awaited(); }

} // namespace fedhub
