// A connection's name in the log and in the history.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "actors/history/history_event.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

class connection_state;

/// Names a connection in a line of the log. The text is made only if the line is written.
struct stream_label {
  const connection_state& of;

  std::string str() const;
  void add_to(log_facts& to) const;

  /// @name Each records an event of the connection in the history.
  /// @{
  /// The peer has proved a domain, or is a component of the configuration.
  /// @param domain empty: the name of the component's node.
  void record_authenticated(const domain_name& domain, std::string_view method) const;
  /// The hub does not take the peer for the domain.
  void record_refusal(const domain_name& domain, failure why, std::string_view detail) const;
  /// The stream ends. If it is not authenticated, nothing is recorded of an outgoing one, which is
  /// part of an attempt, of one that carried only questions about dialback keys, and of one that
  /// the peer has closed.
  void record_end(const link_end& why, std::chrono::nanoseconds lasted) const;
  /// @}

private:
  history_event event(admin::event_kind kind, std::string_view domain) const;
};

} // namespace fedhub
