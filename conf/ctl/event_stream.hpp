// Server-sent events (HTML Living Standard §9.2).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace fedhub::ctl {

/// Octets that a line and the data of one event take at most.
inline constexpr size_t most_event_octets = 256u << 10;
/// A longer id is not kept: it would not fit into a request's header line.
inline constexpr size_t longest_event_id = 256;

/// Finds the events in a stream that comes in parts of any size.
class event_stream {
public:
  /// Takes the data of an event, without the line feed at its end.
  using receiver = std::function<void(const std::string& data)>;

  /// Takes the next octets, and passes on each event that is complete.
  /// @returns whether to go on: false after a line or an event over `most_event_octets`.
  bool take(std::string_view octets, const receiver& receive);

  /// Returns the id of the last complete event that had one; empty if none had.
  const std::string& last_id() const { return last_id_; }

  /// Begins anew after a lost connection: what is not complete is dropped, `last_id` stays.
  void restart();

private:
  void end_line(const receiver& receive);
  void take_field(std::string_view name, std::string_view value);

  std::string line_;
  std::string data_; ///< of the event so far: each line of it with a line feed.
  std::string id_;   ///< of the event so far.
  std::string last_id_;
  bool after_return_ = false; ///< the last octet was a carriage return; a line feed belongs to it.
};

} // namespace fedhub::ctl
