#include "metrics/http/http_event_stream.hpp"

#include <utility>

namespace fedhub {

/// Shared by the copies of a stream.
class http_event_stream::owner {
public:
  explicit owner(std::shared_ptr<http_event_buffer> to) : buffer{std::move(to)} {}
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() { buffer->end(http_stream_end::owner); }

  const std::shared_ptr<http_event_buffer> buffer;
};

http_event_stream::http_event_stream(std::shared_ptr<http_event_buffer> to)
  : owner_{std::make_shared<owner>(std::move(to))} {}

bool http_event_stream::write(const http_event& event) const {
  return open() && owner_->buffer->add(event_text(event));
}

bool http_event_stream::open() const { return owner_ != nullptr && !owner_->buffer->ended(); }

void http_event_stream::end() const {
  if (owner_ != nullptr)
    owner_->buffer->end(http_stream_end::owner);
}

} // namespace fedhub
