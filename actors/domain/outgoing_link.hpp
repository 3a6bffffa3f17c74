// The hub's own stream to a domain: its server, its use, and its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "actors/domain/dialed_server.hpp"
#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// The meaning of a stream's end for its domain.
enum class link_verdict : uint8_t {
  taken_back, ///< a reload ended the stream; this is no failure.
  failed,     ///< the stream was of no use; the attempt goes on.
  lasted,     ///< the stream did its work.
  brief,      ///< the stream was of use and ended soon; the next attempt waits.
};

/// One outgoing stream, from the connection to `drained`:
///
///     negotiating --linkup--> ready --a pair authorised, a key answered, carried--> of_use
///
/// A value; time is a parameter. Belongs to one actor.
class outgoing_link {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class standing : uint8_t {
    negotiating,
    ready,  ///< the features have come, but the server may still refuse every pair and question.
    of_use, ///< a pair was authorised, a question about a key answered, or stanzas acknowledged.
  };
  /// The configured address of a node.
  struct node_address {
    std::string host;
    uint16_t port = 0;
  };
  /// The end of a stream that was ready for this long does not delay the next attempt.
  static constexpr std::chrono::seconds lasting_time{5};

  /// @param shared `host_key` under which other domains may ask on this stream; empty if they
  /// can't.
  outgoing_link(dialed_server server, std::string shared)
    : server_(std::move(server)), shared_(std::move(shared)) {}

  standing state() const { return standing_; }
  bool of_use() const { return standing_ == standing::of_use; }
  const dialed_server& server() const { return server_; }
  const std::string& shared() const { return shared_; }
  /// Returns the node that the stream leads to; null if it leads to another server.
  const node_address* node() const { return node_.get(); }
  void leads_to_node(std::string host, uint16_t port) {
    node_ = std::make_unique<const node_address>(node_address{std::move(host), port});
  }
  /// Returns whether the peer left a key unanswered for too long.
  bool unanswered() const { return unanswered_; }

  /// @name Events.
  /// @{
  void on_ready(time_point now) {
    if (standing_ != standing::negotiating)
      return;
    standing_ = standing::ready;
    ready_since_ = now;
  }
  /// Notes that the stream was of use. Ignored unless it is ready.
  void on_use() {
    if (standing_ == standing::ready)
      standing_ = standing::of_use;
  }
  void on_silence() { unanswered_ = true; }
  /// Notes that the stream is being closed because the peer refused a pair. @param unknown_host the
  /// peer does not serve the domain, and another form of the name is left to try.
  void on_refusal(const std::string& detail, bool unknown_host) {
    auto& end = the_end();
    end.refusal = detail;
    end.unknown_host |= unknown_host;
  }
  /// Notes that the stream has ended. @param may_redirect no pair was authorised, so a redirect
  /// counts.
  void on_end(const link_end& how, bool may_redirect) {
    if (how.carried)
      on_use();
    const bool redirected = may_redirect && !how.redirect.empty();
    const bool taken_back = how.by_reload != taken_back::nothing;
    if (!end_ && !how.unknown_host && !redirected && !taken_back)
      return;
    auto& end = the_end();
    end.unknown_host |= how.unknown_host;
    end.taken_back = taken_back;
    if (redirected)
      end.redirect = how.redirect;
  }
  /// @}

  /// Returns the peer's text about the refused pair for which the stream was closed; empty if it
  /// was not closed for a pair.
  std::string refusal() const { return end_ ? end_->refusal : std::string{}; }
  /// Returns the host that the peer named in `<see-other-host/>`; empty if none counts.
  std::string redirect() const { return end_ ? end_->redirect : std::string{}; }
  bool was_taken_back() const { return end_ && end_->taken_back; }
  /// Returns whether the peer does not serve the domain by the form of the name in use, and the
  /// stream was of no use.
  bool unknown_host() const { return end_ && end_->unknown_host && !of_use(); }

  /// Judges the end. @param wanted a stream is needed.
  link_verdict verdict(bool wanted, time_point now) const {
    if (was_taken_back())
      return link_verdict::taken_back;
    switch (standing_) {
    case standing::negotiating:
      return link_verdict::failed;
    case standing::ready:
      return wanted ? link_verdict::failed : link_verdict::lasted;
    case standing::of_use:
      break;
    }
    return !wanted || now - ready_since_ >= lasting_time ? link_verdict::lasted
                                                         : link_verdict::brief;
  }

private:
  /// Allocated separately, since few streams end with more than a failure.
  struct ending {
    std::string refusal;
    std::string redirect;
    bool unknown_host = false;
    bool taken_back = false;
  };

  ending& the_end() {
    if (!end_)
      end_ = std::make_unique<ending>();
    return *end_;
  }

  dialed_server server_;
  std::string shared_;
  std::unique_ptr<const node_address> node_;
  time_point ready_since_{};
  std::unique_ptr<ending> end_;
  standing standing_ = standing::negotiating;
  bool unanswered_ = false;
};

} // namespace fedhub
