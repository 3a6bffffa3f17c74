// The node of the server under test.
#pragma once

#include <memory>
#include <unordered_map>

#include <tl/expected.hpp>

#include "bench/load/acceptor.hpp"
#include "bench/load/component_link.hpp"
#include "bench/load/lane_opener.hpp"
#include "bench/load/pipe_end.hpp"
#include "bench/load/stanza_receiver.hpp"
#include "bench/load/stanza_sender.hpp"
#include "bench/load/stanza_stock.hpp"

namespace fedhub::load {

/// The second thread's half of the run: a component, or the listener behind a TCP proxy.
class node final : public component_link::owner, public pipe_end::owner {
public:
  /// @param run, stock outlive the node.
  node(traffic& run, const stanza_stock& stock);
  ~node();

  /// Binds the listeners. @returns an error as text for people.
  tl::expected<void, std::string> listen();

  event_loop& loop() { return loop_; }
  /// Returns the receiver, used in `in`, and in `echo` for the questions.
  stanza_receiver& receiver() { return receiver_; }
  const stanza_sender& sender() const { return sender_; }

  /// Returns whether the link is up, if the run needs one.
  bool ready() const { return ready_.load(); }

  /// Runs until the loop is stopped.
  void run();

private:
  nanos before_wait();
  void accept(unique_fd fd);
  void answer(connection& to, const stamp& which);

  void on_ready() override { ready_ = true; }
  void on_lost(std::string_view why) override;
  void on_header(pipe_end& end, uint32_t lane) override;
  void on_ended(pipe_end& end, std::string_view why) override;
  void on_stanza(connection& from, const stamp& which, std::string_view text, nanos at) override;
  void on_read(connection& from) override;

  traffic& run_;
  const stanza_stock& stock_;
  event_loop loop_;
  stanza_ends ends_;
  stanza_receiver receiver_;
  stanza_sender sender_;
  lane_opener opener_;
  std::atomic<bool> ready_ = false;
  bool closed_ = false;
  std::unique_ptr<component_link> link_;
  std::unique_ptr<acceptor> acceptor_;
  std::unordered_map<const pipe_end*, std::unique_ptr<pipe_end>> ends_of_pipes_;
};

} // namespace fedhub::load
