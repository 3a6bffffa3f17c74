// The remote domains: their streams, their servers, their zone.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "bench/load/acceptor.hpp"
#include "bench/load/initiating_stream.hpp"
#include "bench/load/lane_opener.hpp"
#include "bench/load/name_server.hpp"
#include "bench/load/receiving_stream.hpp"
#include "bench/load/stanza_receiver.hpp"
#include "bench/load/stanza_sender.hpp"
#include "bench/load/stanza_stock.hpp"

namespace fedhub::load {

/// One thread's half of the run: everything that the server under test sees of the world.
class world final : public initiating_stream::owner, public receiving_stream::owner {
public:
  /// @param run, stock outlive the world.
  world(traffic& run, const stanza_stock& stock);
  ~world();

  /// Binds the listeners. @returns an error as text for people.
  tl::expected<void, std::string> listen();

  event_loop& loop() { return loop_; }
  /// Returns the receiver, used in `out` and `echo`.
  stanza_receiver& receiver() { return receiver_; }
  const stanza_sender& sender() const { return sender_; }

  /// Runs until the loop is stopped.
  void run();

  /// Returns the number of open streams between the world and the server under test. The two
  /// functions below count only streams that the world opened, or that the server opened. Any
  /// thread may call them.
  uint64_t open_streams() const { return opened_open() + accepted_open(); }
  uint64_t opened_open() const { return opened_open_.get(); }
  uint64_t accepted_open() const { return accepted_open_.get(); }

private:
  struct timed {
    uint64_t number = 0;
    nanos at = 0;
  };

  nanos before_wait();
  void begin(uint64_t number);
  void accept(unique_fd fd);
  void begin_again();
  void begin_pairs();
  void close_quiet();
  void close_all();
  void take(const stamp& which, std::string_view text, nanos at);

  void on_authenticated(initiating_stream& stream) override;
  void on_stanza(initiating_stream& stream, const stamp& which, std::string_view text,
                 nanos at) override;
  void on_ended(initiating_stream& stream, std::string_view why) override;
  void on_authenticated(receiving_stream& stream) override;
  void on_stanza(receiving_stream& stream, const stamp& which, std::string_view text,
                 nanos at) override;
  void on_verified(receiving_stream& stream) override;
  void on_ended(receiving_stream& stream, std::string_view why) override;
  void on_read() override { receiver_.publish(); }

  bool opens_lanes() const;

  traffic& run_;
  event_loop loop_;
  stanza_ends ends_;
  stanza_receiver receiver_;
  stanza_sender sender_;
  lane_opener opener_;
  std::unique_ptr<name_server> names_;
  std::vector<std::unique_ptr<acceptor>> acceptors_;
  /// By the domain's number.
  std::unordered_map<uint64_t, std::unique_ptr<initiating_stream>> opened_;
  std::unordered_map<uint64_t, unsigned> attempts_; ///< of domains whose negotiation is repeated.
  std::deque<timed> retries_;
  std::unordered_map<uint64_t, std::unique_ptr<receiving_stream>> accepted_;
  std::deque<timed> verified_; ///< accepted streams that answered a question, and when.
  uint64_t next_accepted_ = 0;
  uint64_t next_pair_ = 0; ///< storm: the number of the next domain.
  bool closed_all_ = false;
  shared_count opened_open_, accepted_open_;
};

} // namespace fedhub::load
