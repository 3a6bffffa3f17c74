// The roles of the model's peers.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/model/peer.hpp"

namespace fedhub::model {

/// A remote server that has dialed the hub.
class visitor final : public peer {
public:
  visitor(world& world, unique_fd fd, std::string from, std::string to);

  std::string label() const override;
  bool ready() const { return ready_ && open(); }
  const std::string& domain() const { return from_; }

  /// Sends a key for the pair. @param good whether its server will confirm the key.
  void send_key(const std::string& from, const std::string& to, bool good);
  /// Asks about a key that the hub has never made.
  void ask_about_key(const std::string& to);
  /// Returns whether it has proved a pair.
  bool proved() const { return !proved_.empty() && open() && !resuming_; }
  /// Sends stanzas of a proved pair. @param size of their bodies; 0: random. @pre `proved()`
  void send_stanzas(size_t count, size_t size = 0);
  /// Asks for stream management, or to resume a session of its pair.
  void manage();
  void ask_for_acknowledgement();
  bool managed() const { return managed_ && open(); }
  /// Sends a stanza of a pair that it has not proved.
  void forge(const std::string& from, const std::string& to);
  void put_nonsense(const std::string& what) override;

private:
  using pair = std::pair<std::string, std::string>;

  void on_header(const stream_item& item) override;
  void on_element(const stream_item& item) override;

  const std::string from_, to_;
  /// The entry in `counted_` for a stanza that must not be delivered.
  static constexpr ledger::number refused = 0;

  void count_acknowledged(const stream_item& item);
  void note_session();
  void note_refused();

  bool ready_ = false;
  bool asked_to_manage_ = false;
  bool resuming_ = false; ///< nothing may be sent until the hub has answered.
  bool managed_ = false;
  std::string session_;
  std::vector<ledger::number> counted_; ///< stanzas sent since the hub began to count.
  std::set<pair> asked_;                ///< keys that were sent.
  std::vector<pair> proved_;            ///< pairs that the hub has confirmed.
};

/// A component node's connection.
class component final : public peer {
public:
  component(world& world, unique_fd fd, component_node node);

  std::string label() const override;
  bool up() const { return up_ && open(); }
  const component_node& node() const { return node_; }

  void send_stanzas(size_t count, const std::vector<std::string>& addressees, size_t size = 0);
  void forge(const std::string& from, const std::string& to);

private:
  void on_header(const stream_item& item) override;
  void on_element(const stream_item& item) override;

  const component_node node_;
  bool up_ = false;
};

/// A remote server that the hub has dialed.
class server final : public peer {
public:
  server(world& x, unique_fd fd, uint64_t skip) : peer(x, std::move(fd), skip) {}

  std::string label() const override;

private:
  void on_header(const stream_item& item) override;
  void on_element(const stream_item& item) override;
  std::string features();
  bool secure_stream(const stream_item& item);
  void answer_key(const stream_item& item);
  void answer_question(const stream_item& item);
  void take_management(const stream_item& item);
  void resume(const stream_item& item);

  std::string sender_;         ///< the sender domain in the hub's header.
  bool authenticated_ = false; ///< by EXTERNAL.
  std::string domain_;         ///< the target domain in the hub's header.
  bool managed_ = false;       ///< stream management is on.
  bool answers_requests_ = true;
  session counts_;
  std::vector<ledger::number> answered_; ///< the stanzas of the answer to a resumption.
  std::string session_; ///< id of the session that may be resumed; empty if there is none.
  std::set<std::pair<std::string, std::string>> granted_; ///< pairs for which the hub may send.
};

} // namespace fedhub::model
