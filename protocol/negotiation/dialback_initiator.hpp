// The dialback side of an outgoing stream: keys, verifications, authorised pairs (XEP-0220 §2.1.1
// and §2.1.2).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/negotiation/dialback_element.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// The pairs of one outgoing stream, and the questions on it. To the target as receiving server it
/// sends keys of its own pairs. To the target as authoritative server it sends keys of other
/// servers. It knows neither phases nor the other elements: before `begin`, it remembers requests.
class dialback_initiator {
public:
  /// @param keys outlives this object.
  explicit dialback_initiator(const dialback_keys& keys) : keys_(&keys) {}
  void use(const dialback_keys& keys) { keys_ = &keys; }

  /// The greatest number of keys that wait for an answer. Each costs memory, and costs the peer a
  /// question. A further key is refused.
  static constexpr size_t max_keys_pending = 1024;

  /// @copydoc outgoing_stream::authenticate
  stream_actions authenticate(const domain_pair& pair);
  /// @copydoc outgoing_stream::verify
  stream_actions verify(const verify_key& request);

  /// Stops waiting for the answer, and ignores one that comes.
  stream_actions forget(const verify_key& request);
  /// Stops waiting for the answer about a pair of the stream's own. The pair can be asked for
  /// again.
  /// @returns whether a key is on the wire.
  bool forget(const domain_pair& pair);

  /// Authorises a pair without a key, since SASL authenticated it.
  void prove(const domain_pair& pair);
  /// Begins, since the stream can be used now. Sends the questions that were asked before.
  /// @param stream_id the id for which the keys are made.
  /// @param offered whether the peer accepts dialback. If not, nothing is sent, and every request
  /// that needs dialback is refused at once.
  stream_actions begin(std::string stream_id, bool offered);

  /// Processes the peer's answers. An answer that matches no question (by pair; by pair and id) is
  /// ignored (XEP-0220 §4.1). It authorises nothing, and a late or repeated answer is no reason to
  /// end the stream.
  stream_actions on_result(const dialback_element& reply);
  stream_actions on_verify_response(const dialback_element& reply);

  bool authorised(const domain_pair& pair) const { return authorised_.contains(pair); }
  /// Returns an authorised pair with this target domain; null if there is none.
  const domain_pair* authorised_for(const domain_name& target) const;
  /// Returns an authorised pair with the same domains by IDNA2003 (`same_under_either`; an empty
  /// `from` matches any); null if there is none.
  const domain_pair* same_pair(const domain_pair& pair) const;
  bool none_authorised() const { return authorised_.empty(); }
  /// Calls `f` for every pair that is authorised or was requested, and for the pairs of other
  /// servers whose keys are being verified.
  template <class F>
  void for_each_pair(F f) const {
    for (const auto& entry : questions_)
      f(entry.first.first);
    for (const auto& entry : authorised_)
      f(entry);
    for (const auto& entry : keys_pending_)
      f(entry);
  }
  /// Calls `f` for every authorised pair, in no order.
  template <class F>
  void for_each_authorised(F f) const {
    for (const auto& pair : authorised_)
      f(pair);
  }
  /// Returns the number of verifications without an answer, counted by name.
  size_t questions() const { return questions_.size(); }
  /// Returns whether a key or a verification is waiting for its answer.
  bool busy() const { return !keys_pending_.empty() || !questions_.empty(); }

private:
  /// The name of a verification in its answer: the pair, and the id of the incoming stream that
  /// brought the key.
  using question = std::pair<domain_pair, std::string>;
  /// The keys to verify under one name. The front one is on the wire. An answer names no key, so
  /// only one can be on the wire at a time.
  using asked_keys = std::deque<std::string>;

  void ask_for(const domain_pair& pair, stream_actions& out);
  void ask(const question& name, stream_actions& out);
  /// Ends the question that is on the wire, and asks the next one of that name.
  void answer(std::map<question, asked_keys>::iterator answered, dialback_outcome outcome,
              std::string_view condition, stream_actions& out);

  const dialback_keys* keys_;
  bool begun_ = false;
  bool offered_ = false;
  std::string stream_id_;
  std::vector<std::variant<domain_pair, question>> queue_; ///< asked before `begin`, in order.
  std::unordered_set<domain_pair> authorised_;
  std::unordered_set<domain_pair> keys_pending_;
  std::map<question, asked_keys> questions_;
  std::optional<domain_pair> proven_pair_; ///< authorised without a key, and not yet requested.
};

} // namespace fedhub
