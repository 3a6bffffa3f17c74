// What an outgoing stream asks by dialback, and what it may send: XEP-0220 §2.1.1 and §2.1.2.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/events/stream_events.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/negotiation/dialback_element.hpp"

namespace fedhub {

/// The pairs of one outgoing stream, and the questions on it: keys of its own pairs to the target
/// as receiving server, keys of others to the target as authoritative server. Neither knows phases
/// nor elements: before `begin` it remembers what is asked of it.
class dialback_initiator {
public:
  /// @param keys outlives this.
  explicit dialback_initiator(const dialback_keys& keys) : keys_(&keys) {}
  void use(const dialback_keys& keys) { keys_ = &keys; }

  /// Keys without an answer at one time: each costs memory, and the peer a question. One more is
  /// refused.
  static constexpr size_t max_keys_pending = 1024;

  /// @copydoc outgoing_stream::authenticate
  stream_actions authenticate(const domain_pair& pair);
  /// @copydoc outgoing_stream::verify
  stream_actions verify(const verify_key& x);

  /// The answer is waited for no more; one that comes is passed over.
  stream_actions forget(const verify_key& x);
  /// The same for the key of a pair of the stream's own, which can be asked for again.
  /// @returns whether a key is on the wire.
  bool forget(const domain_pair& pair);

  /// This pair needs no key: SASL authenticated it.
  void prove(const domain_pair& pair);
  /// The stream can be used. Asks what was asked for before.
  /// @param stream_id that the keys are made for.
  /// @param offered whether the peer takes dialback; if not, nothing is sent, and all that needs it
  /// is refused at once.
  stream_actions begin(std::string stream_id, bool offered);

  /// The peer's answers. One that matches no question (by pair; by pair and id) is passed over:
  /// XEP-0220 §4.1. Nothing is authorised by it, and a late or repeated one is no reason to lose
  /// the stream.
  stream_actions on_result(const dialback_element& x);
  stream_actions on_verify_response(const dialback_element& x);

  bool authorised(const domain_pair& pair) const { return authorised_.contains(pair); }
  /// An authorised pair of this target domain; null if there is none.
  const domain_pair* authorised_for(const domain_name& target) const;
  /// An authorised pair whose domains are these by IDNA2003 (`same_under_either`; an empty `from`
  /// is any); null if there is none.
  const domain_pair* same_pair(const domain_pair& pair) const;
  bool none_authorised() const { return authorised_.empty(); }
  /// Calls `f` for every pair that is authorised or was asked for, and for those of others whose
  /// keys are asked about.
  template <class F>
  void for_each_pair(F f) const {
    for (const auto& x : questions_)
      f(x.first.first);
    for (const auto& x : authorised_)
      f(x);
    for (const auto& x : keys_pending_)
      f(x);
  }
  /// Verifications without an answer, of different names.
  size_t questions() const { return questions_.size(); }
  /// A key or a verification is waiting for its answer.
  bool busy() const { return !keys_pending_.empty() || !questions_.empty(); }

private:
  /// What the answer to a verification names: the pair, and the id of the incoming stream that
  /// brought the key.
  using question = std::pair<domain_pair, std::string>;
  /// The keys asked about under one name, the front one on the wire. An answer names no key, so
  /// there can be only one at a time.
  using asked_keys = std::deque<std::string>;

  void ask_for(const domain_pair& pair, stream_actions& out);
  void ask(const question& x, stream_actions& out);
  /// Ends the question that is on the wire, and asks the next of that name.
  void answer(std::map<question, asked_keys>::iterator x, dialback_outcome outcome,
              std::string_view condition, stream_actions& out);

  const dialback_keys* keys_;
  bool begun_ = false;
  bool offered_ = false;
  std::string stream_id_;
  std::vector<std::variant<domain_pair, question>> queue_; ///< asked before `begin`, in order.
  std::unordered_set<domain_pair> authorised_;
  std::unordered_set<domain_pair> keys_pending_;
  std::map<question, asked_keys> questions_;
  std::optional<domain_pair> proven_pair_; ///< authorised without a key, and not asked for so far.
};

} // namespace fedhub
