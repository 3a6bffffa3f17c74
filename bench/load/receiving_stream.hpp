// A stream that the server under test opens to a remote domain.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/stream_input.hpp"
#include "bench/load/traffic.hpp"
#include "protocol/events/stream_header.hpp"

namespace fedhub::load {

/// The receiving and the authoritative server (XEP-0220 §2.2, §2.3). It finds every key valid at
/// once, since it is not the server under test. It takes stanzas.
class receiving_stream final : connection::owner, stream_input::sink {
public:
  class owner {
  public:
    virtual void on_stanza(receiving_stream& stream, const stamp& which, std::string_view text,
                           nanos at) = 0;
    /// Called after each read.
    virtual void on_read() = 0;
    /// Called when a domain has proved itself on the stream.
    virtual void on_authenticated(receiving_stream& stream) = 0;
    /// Called when a question about a key was answered.
    virtual void on_verified(receiving_stream& stream) = 0;
    /// Called when the connection is gone. @param why empty if the stream was closed in order.
    virtual void on_ended(receiving_stream& stream, std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// @param id of the stream, unique. All other arguments outlive the stream, except `fd`.
  receiving_stream(event_loop& loop, owner& events, const traffic& run, stanza_ends& ends,
                   uint64_t id, unique_fd fd);

  /// Ends the stream in order. `on_ended` follows when the peer has ended it too.
  void close_stream();
  /// Stops reading, so that the peer's octets pile up.
  void stop_reading() {
    deaf_ = true;
    connection_.stop_reading();
  }

  uint64_t id() const { return id_; }
  /// Returns whether a domain has proved itself, so that the stream may carry stanzas.
  bool authenticated() const { return authenticated_; }
  /// Returns the remote domain that the stream was opened to.
  const std::string& target() const { return input_.header().to; }

private:
  void on_connected() override {}
  void on_secured() override { input_.restart(); }
  size_t on_input(std::string_view pending, nanos at) override;
  void on_writable() override {}
  void on_closed(std::string_view why) override;

  void on_header(const stream_header& header) override;
  void on_element(const stream_element::node& node) override;
  void on_stanza(const stamp& stamp, std::string_view text, nanos at) override;
  void on_stream_end() override;
  void on_fault(std::string_view why) override { end(why); }

  void send(std::string_view xml);
  void answer(std::string_view step, const stream_element::node& node);
  void end(std::string_view why);

  owner& owner_;
  const traffic& run_;
  const uint64_t id_;
  bool authenticated_ = false;
  bool closing_ = false;
  bool deaf_ = false;
  connection connection_;
  stream_input input_;
};

} // namespace fedhub::load
