// The search for one endpoint's TLSA records as a state machine: questions out, answers in.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "actors/dns/resolver.hpp"

namespace fedhub {

/// Asks for the records of the host's canonical name. If there are none, asks for the records of
/// the host (RFC 7671 §7).
///
/// A failed lookup ends the search. Else an attacker who suppresses one answer could choose which
/// records count, or that none do.
class tlsa_lookup {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Begins the search. A string that is no host name has no records.
  tlsa_lookup(const tlsa_endpoint& of, std::chrono::milliseconds timeout, time_point now);

  /// Returns the question whose answer is awaited; nothing once the search is over.
  std::optional<dns_question> question() const;

  /// Applies an answer. Ignores an answer to another question.
  void on_answer(const dns_question& question, const dns_answer& answer);

  /// Ends the search as `failed` after its time-out.
  void on_time(time_point now);

  bool done() const { return !question(); }

  /// @pre `done()`
  const tlsa_set& outcome() const { return outcome_; }

private:
  struct candidate {
    std::string base;
    dns_question question;
  };

  void add(const std::string& host, uint16_t port);
  void end(tlsa_set::kind what, std::string detail);

  time_point deadline_;
  std::vector<candidate> candidates_; ///< the first is being asked.
  tlsa_set outcome_;
};

} // namespace fedhub
