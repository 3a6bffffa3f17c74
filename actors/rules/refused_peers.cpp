#include "actors/rules/refused_peers.hpp"

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "protocol/errors/stream_error.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/negotiation/dialback.hpp"

namespace fedhub {

namespace {

/// Returns the stream error for a limit (RFC 6120 §4.9.3.14 and §4.9.3.17).
std::string error_of(connection_limit limit) {
  switch (limit) {
  case connection_limit::address:
    return stream_error_xml(stream_error::policy_violation,
                            "too many connections from this address");
  case connection_limit::rate:
    return stream_error_xml(stream_error::resource_constraint,
                            "too many new connections, try again later");
  case connection_limit::total:
    break;
  }
  return stream_error_xml(stream_error::resource_constraint, "too many connections");
}

std::string farewell(listener_kind kind, connection_limit why) {
  header_to_send header;
  header.content_namespace = kind == listener_kind::nodes ? ns::component_accept : ns::server;
  header.version = kind != listener_kind::nodes;
  header.dialback = false;
  auto id = make_stream_id();
  header.id = id;
  return make_stream_header(header) + error_of(why) + std::string{stream_footer};
}

} // namespace

void refused_peers::refuse(unique_fd peer, connection_limit why, time_point now) {
  close_old(now);
  if (now - since_ >= std::chrono::seconds{1}) {
    since_ = now;
    answered_ = 0;
  }
  if (kind_ == listener_kind::s2s_direct_tls || answered_ >= most_per_second)
    return;
  ++answered_;
  auto words = farewell(kind_, why);
  // A new socket's buffer has room for this text.
  if (::send(peer.get(), words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0
      || ::shutdown(peer.get(), SHUT_WR) != 0)
    return;
  if (closing_.size() >= most_sockets)
    closing_.pop_front();
  closing_.push_back({std::move(peer), now + patience});
}

bool refused_peers::close_old(time_point now) {
  while (!closing_.empty() && closing_.front().until <= now)
    closing_.pop_front();
  return !closing_.empty();
}

} // namespace fedhub
