// One attempt to get a stream to a domain: which of its servers were tried, which is next.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/dns/resolver.hpp"
#include "actors/domain/dialed_server.hpp"

namespace fedhub {

/// An attempt goes from the servers that DNS names to a stream that is of use, over up to
/// `most_tried` addresses and `most_redirects` other hosts that servers name in their own place.
/// It has failed when `next` has nothing more.
///
/// A value. Belongs to one actor.
class dial_attempt {
public:
  /// Addresses on which a stream is tried, after which the attempt has failed.
  static constexpr size_t most_tried = 4;
  /// Hosts in a row that name another: RFC 6120 §4.9.3.19 advises two to five.
  static constexpr unsigned most_redirects = 3;

  // ---- resolution
  // --------------------------------------------------------------------------------

  /// For whom DNS is being asked; `node` if it is not.
  dns_party asked_for() const { return asked_for_; }
  void ask_for(dns_party x) { asked_for_ = x; }
  /// DNS has answered. @returns for whom it was asked.
  dns_party end_of_question() { return std::exchange(asked_for_, dns_party::node); }
  void found(resolution_ptr x) { found_ = std::move(x); }
  /// The configuration has changed: nothing more is tried of what was found by the former one.
  void forget_found() { found_ = nullptr; }

  // ---- servers
  // -----------------------------------------------------------------------------------

  /// No stream was tried yet, on whatever host.
  bool first() const { return tried_.empty() && redirects_ == 0; }
  /// A stream is being tried on this one.
  void note_tried(const dialed_server& x);
  /// A stream on this one may do, otherwise than the last one.
  void try_again(const dialed_server& x) { std::erase(tried_, x); }
  /// The end of the stream on this one may have been chance: it is tried again after all others.
  void try_once_more(const dialed_server& x) {
    second_chance_ = std::make_unique<const dialed_server>(x);
  }
  /// The servers are told another name: what they made of the former one counts no more.
  void try_all_again() { tried_.clear(); }

  /// @returns what was found without the servers that were tried; null: there is nothing else.
  resolution_ptr untried() const;
  /// Tells whether another address may be tried, second chances apart.
  bool may_go_on() const { return tried_.size() < most_tried && untried() != nullptr; }
  /// @returns what is to be tried next; null: the attempt has failed.
  resolution_ptr next();

  // ---- redirects (RFC 6120 §4.9.3.19)
  // --------------------------------------------------------------

  unsigned redirects() const { return redirects_; }
  bool redirected() const { return redirects_ > 0; }
  bool may_follow() const { return redirects_ < most_redirects; }
  /// Goes on to another host. @param to as the peer wrote it.
  void follow(std::string to) {
    ++redirects_;
    redirected_to_ = std::move(to);
  }
  /// The last host that was followed to.
  const std::string& redirected_to() const { return redirected_to_; }
  /// @returns why the attempt failed, with the host that it was redirected to, if it was.
  std::string explain(const std::string& detail) const;

private:
  resolution_ptr found_;
  std::vector<dialed_server> tried_; ///< most_tried, and those that were found by redirects.
  std::unique_ptr<const dialed_server> second_chance_; ///< null: none has one.
  std::string redirected_to_;
  unsigned redirects_ = 0;
  dns_party asked_for_ = dns_party::node;
};

} // namespace fedhub
