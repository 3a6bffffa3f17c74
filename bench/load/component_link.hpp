// The node's link to the server under test.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/stream_input.hpp"
#include "bench/load/traffic.hpp"
#include "protocol/events/stream_header.hpp"

namespace fedhub::load {

/// A component (XEP-0114): header, handshake, stanzas.
class component_link final : connection::owner, stream_input::sink {
public:
  class owner {
  public:
    virtual void on_ready() = 0;
    virtual void on_stanza(connection& from, const stamp& which, std::string_view text,
                           nanos at) = 0;
    /// Called after each read.
    virtual void on_read(connection& from) = 0;
    /// Called when the link is gone; the last call.
    virtual void on_lost(std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// All arguments outlive the link.
  component_link(event_loop& loop, owner& events, const traffic& run, stanza_ends& ends);

  /// Connects.
  void open();
  /// Ends the stream in order. `on_lost` follows when the server has ended it too.
  void close_stream();
  connection& transport() { return connection_; }

private:
  void on_connected() override;
  void on_secured() override {}
  size_t on_input(std::string_view pending, nanos at) override;
  void on_writable() override {}
  void on_closed(std::string_view why) override;

  void on_header(const stream_header& header) override;
  void on_element(const stream_element::node& node) override;
  void on_stanza(const stamp& stamp, std::string_view text, nanos at) override;
  void on_stream_end() override { end("the stream was closed"); }
  void on_fault(std::string_view why) override { end(why); }

  void end(std::string_view why);

  owner& owner_;
  const traffic& run_;
  bool ready_ = false;
  connection connection_;
  stream_input input_;
};

} // namespace fedhub::load
