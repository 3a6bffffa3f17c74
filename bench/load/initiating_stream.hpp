// A stream that a remote domain opens.
#pragma once

#include <string>

#include "bench/load/connection.hpp"
#include "bench/load/stream_input.hpp"
#include "bench/load/traffic.hpp"
#include "protocol/events/stream_header.hpp"

namespace fedhub::load {

/// The initiating server. It sends the header, STARTTLS if the run uses TLS, and SASL EXTERNAL
/// (XEP-0178 §3) if the run has a certificate and the peer accepts it, else a dialback key
/// (XEP-0220 §2). Once the peer has accepted the proof, it sends stanzas. To a TCP proxy it sends
/// only TLS from the first octet and headers, since there is no peer to prove anything to.
class initiating_stream final : connection::owner, stream_input::sink {
public:
  class owner {
  public:
    virtual void on_authenticated(initiating_stream& stream) = 0;
    virtual void on_stanza(initiating_stream& stream, const stamp& which, std::string_view text,
                           nanos at) = 0;
    /// Called after each read.
    virtual void on_read() = 0;
    /// Called when the connection is gone. @param why empty if it ended in order, and by request.
    virtual void on_ended(initiating_stream& stream, std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// @param number of the remote domain. All other arguments outlive the stream.
  initiating_stream(event_loop& loop, owner& events, const traffic& run, stanza_ends& ends,
                    uint64_t number);

  /// Starts to connect. @returns an errno value; 0 if it has started.
  int open();
  /// Ends the stream in order. `on_ended` follows when the peer has ended it too.
  void close_stream();
  void abort() { connection_.close(); }

  uint64_t number() const { return number_; }
  bool authenticated() const { return phase_ == phase::authenticated; }
  /// Returns whether the stream was authenticated by SASL EXTERNAL.
  bool certified() const { return certified_; }
  connection& transport() { return connection_; }

private:
  enum class phase : uint8_t { header, features, proceed, sasl, result, authenticated, closing };

  void on_connected() override;
  void on_secured() override;
  size_t on_input(std::string_view pending, nanos at) override;
  void on_writable() override {}
  void on_closed(std::string_view why) override;

  void on_header(const stream_header& header) override;
  void on_element(const stream_element::node& node) override;
  void on_stanza(const stamp& stamp, std::string_view text, nanos at) override;
  void on_stream_end() override;
  void on_fault(std::string_view why) override { end(why); }

  void send_header();
  void send(std::string_view xml);
  void negotiate(const stream_element::node* features);
  void send_auth();
  void send_key();
  void authenticate();
  void end(std::string_view why);

  owner& owner_;
  const traffic& run_;
  const uint64_t number_;
  const std::string domain_;
  phase phase_ = phase::header;
  bool certified_ = false;
  connection connection_;
  stream_input input_;
};

} // namespace fedhub::load
