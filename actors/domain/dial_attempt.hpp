// One attempt to get a stream to a domain: the servers that were tried, and the next one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/dns/resolver.hpp"
#include "actors/domain/dialed_server.hpp"

namespace fedhub {

/// Holds the servers that DNS names, and the servers on which a stream was tried. An attempt tries
/// `most_tried` addresses and follows `most_redirects` redirects at most. It has failed once `next`
/// returns null.
///
/// A value. Belongs to one actor.
class dial_attempt {
public:
  /// The attempt has failed after a stream was tried on this many addresses.
  static constexpr size_t most_tried = 4;
  /// The most redirects in a row: RFC 6120 §4.9.3.19 advises two to five.
  static constexpr unsigned most_redirects = 3;

  // ---- resolution -----------------------------------------------------------------------------

  /// Returns the party for whom DNS is being asked; `node` if it is not asked.
  dns_party asked_for() const { return asked_for_; }
  void ask_for(dns_party x) { asked_for_ = x; }
  /// Notes that DNS has answered. @returns the party for whom it was asked.
  dns_party end_of_question() { return std::exchange(asked_for_, dns_party::node); }
  void found(resolution_ptr x) { found_ = std::move(x); }
  /// Forgets the servers, since a new configuration leads elsewhere.
  void forget_found() { found_ = nullptr; }

  // ---- servers --------------------------------------------------------------------------------

  /// Returns whether no stream was tried yet and no redirect followed.
  bool first() const { return tried_.empty() && redirects_ == 0; }
  /// Notes that a stream is being tried on this server.
  void note_tried(const dialed_server& server);
  /// Lets the server be tried again: a stream without EXTERNAL may succeed.
  void try_again(const dialed_server& x) { std::erase(tried_, x); }
  /// Lets the server be tried again after all others: its stream may have ended by chance.
  void try_once_more(const dialed_server& x) {
    second_chance_ = std::make_unique<const dialed_server>(x);
  }
  /// Lets all servers be tried again, since they are addressed by another form of the name.
  void try_all_again() { tried_.clear(); }

  /// Returns the servers without the addresses that were tried; null if none is left.
  resolution_ptr untried() const;
  /// Returns whether another address may be tried, not counting `try_once_more`.
  bool may_go_on() const { return tried_.size() < most_tried && untried() != nullptr; }
  /// Returns the servers to try next; null if the attempt has failed.
  resolution_ptr next();

  // ---- redirects (RFC 6120 §4.9.3.19) ---------------------------------------------------------

  unsigned redirects() const { return redirects_; }
  bool redirected() const { return redirects_ > 0; }
  bool may_follow() const { return redirects_ < most_redirects; }
  /// Notes that the attempt goes on to another host. @param to as the peer wrote it.
  void follow(std::string to) {
    ++redirects_;
    redirected_to_ = std::move(to);
  }
  /// Returns the last host that the attempt was redirected to.
  const std::string& redirected_to() const { return redirected_to_; }
  /// Returns `detail` of a failure, with the last redirect added.
  std::string explain(const std::string& detail) const;

private:
  resolution_ptr found_;
  std::vector<dialed_server> tried_;
  std::unique_ptr<const dialed_server> second_chance_; ///< null: none has one.
  std::string redirected_to_;
  unsigned redirects_ = 0;
  dns_party asked_for_ = dns_party::node;
};

} // namespace fedhub
