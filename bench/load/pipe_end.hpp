// The receiving end of a stream through a TCP proxy.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/stream_input.hpp"
#include "bench/load/traffic.hpp"
#include "protocol/events/stream_header.hpp"

namespace fedhub::load {

/// Answers the header, which names the lane. Then stanzas pass as on a component's link.
class pipe_end final : connection::owner, stream_input::sink {
public:
  class owner {
  public:
    virtual void on_header(pipe_end& end, uint32_t lane) = 0;
    virtual void on_stanza(connection& from, const stamp& which, std::string_view text,
                           nanos at) = 0;
    /// Called after each read.
    virtual void on_read(connection& from) = 0;
    /// Called when the connection is gone.
    virtual void on_ended(pipe_end& end, std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// All arguments but `fd` outlive it.
  pipe_end(event_loop& loop, owner& events, const traffic& run, stanza_ends& ends, unique_fd fd);

  std::optional<uint32_t> lane() const { return lane_; } ///< nothing before the header has arrived.
  connection& transport() { return connection_; }

private:
  void on_connected() override {}
  void on_secured() override {}
  size_t on_input(std::string_view pending, nanos at) override;
  void on_writable() override {}
  void on_closed(std::string_view why) override;

  void on_header(const stream_header& header) override;
  void on_element(const stream_element::node&) override {}
  void on_stanza(const stamp& stamp, std::string_view text, nanos at) override;
  void on_stream_end() override { end("the stream was closed"); }
  void on_fault(std::string_view why) override { end(why); }

  void end(std::string_view why);

  owner& owner_;
  const traffic& run_;
  std::optional<uint32_t> lane_;
  connection connection_;
  stream_input input_;
};

} // namespace fedhub::load
