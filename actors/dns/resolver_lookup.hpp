// One resolution as a state machine: questions out, answers in. No socket, no clock, no cache.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "actors/dns/dns_message.hpp"
#include "actors/dns/resolver_order.hpp"
#include "actors/net/special_names.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

struct lookup_rules {
  bool allow_private_addresses = false;
  std::chrono::milliseconds timeout{5000}; ///< for the whole resolution: SRV, then addresses.
  service_kinds services = service_kinds::any;
  bool validating = false; ///< trust DNSSEC; see `resolver_options`.
  /// This machine may reach other machines by IPv6. If not, AAAA is asked only if A brings no
  /// usable address. (AI_ADDRCONFIG, RFC 3493 §6.1, would not ask AAAA at all. But a server may
  /// listen on IPv6 loopback.)
  bool ipv6 = true;
};

/// Finds the servers of one domain (RFC 6120 §3.2, XEP-0368) or the addresses of given targets.
///
/// Both kinds of service are asked for at the same time. The targets of both are ordered as one
/// set. The lookup of each kind has one of four outcomes: targets; "not offered", which is a sole
/// target "."; no records; or a failure.
/// - If one kind has targets, they are used, whatever the outcome of the other kind is.
/// - If `_xmpp-server` has no records, and there are no targets, the domain's own addresses are
///   used. A failure of the other kind's lookup does not prevent it, since RFC 6120 mentions
///   `_xmpp-server` only. But if the domain has no addresses either, the other kind may be its only
///   service, and the resolution fails with that failure.
/// - Else, if a lookup failed and there are no targets, the resolution fails with that failure.
/// - Else every kind is "not offered": `failure::dns_no_service`.
///
/// The owner asks the questions that `take_questions` returns, passes each answer to `on_answer`,
/// calls `on_time` while it waits, and reads `outcome` once `done`. The owner may pass an answer
/// before it has asked the remaining questions.
class resolver_lookup {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Bounds against answers that are made to be expensive. RFC 2782 sets none.
  static constexpr size_t max_targets = 16;
  static constexpr size_t max_addresses_per_target = 16;

  /// The wait for AAAA after a positive A (RFC 8305 §3).
  static constexpr std::chrono::milliseconds resolution_delay{50};
  /// How long the resolution waits for further answers once it has a target with an address, and
  /// for the other kind of service once one kind has targets.
  static constexpr std::chrono::milliseconds straggler_wait{1000};

  /// Searches SRV, then addresses (A and AAAA). A domain that is an IP literal is done at once.
  resolver_lookup(domain_name domain, lookup_rules rules, random_draw draw, time_point now);

  /// Searches the addresses of a host only, for this port. Nothing of it counts as secure by
  /// DNSSEC, since DNS did not give the host.
  resolver_lookup(domain_name host, uint16_t port, lookup_rules rules, random_draw draw,
                  time_point now);

  /// Searches the addresses of given targets. IP literals need no question. Private addresses are
  /// allowed.
  resolver_lookup(domain_name domain, const std::vector<given_target>& targets, lookup_rules rules,
                  random_draw draw, time_point now);

  /// Starts the time of the resolution. Call it before the first question is asked, if the
  /// resolution had to wait for room.
  void begin(time_point now) { start_ = addresses_start_ = now; }

  /// Returns the questions to ask now, each one once.
  std::vector<dns_question> take_questions();

  /// Applies an answer. Ignores an answer to a question that is not open.
  /// @param cached the answer cost no question to a server.
  void on_answer(const dns_question& question, const dns_answer& answer, bool cached,
                 time_point now);

  /// Ends each wait whose time is over.
  void on_time(time_point now);

  bool done() const { return done_; }

  /// @pre `done()`
  const resolution& outcome() const { return outcome_; }

private:
  /// The state of one kind of service.
  struct service_set {
    dns_question question;
    bool direct_tls = false;
    bool answered = false;
    dns_answer answer = {};
    bool usable = false; ///< has a target that is a host name with a port.

    /// "The service is decidedly not available at this domain" (RFC 2782).
    bool declined() const {
      return answer.services.size() == 1 && answer.services.front().target.empty();
    }
  };

  struct pending_target {
    resolved_target target;
    std::vector<dns_question> open; ///< questions without answer; empty: complete.
    time_point first_answer{};      ///< when the first positive answer came.
    bool has_ipv4 = false;
    bool ipv6_left = false; ///< AAAA is still to be asked, if A brings no usable address.
    bool cut_off = false;   ///< a wait ended before all answers came.

    bool complete() const { return open.empty() || cut_off; }
    bool usable() const { return !target.addresses.empty(); }
  };

  /// Settles a domain or host that needs no question: an IP literal, a special name, or no host
  /// name.
  /// @returns false if questions are needed.
  bool settle_without_dns(uint16_t port, time_point now);
  void settle_special(special_name is, uint16_t port, time_point now);
  void on_services(service_set& to, const dns_answer& answer, time_point now);
  void check_services(time_point now);
  bool services_waited_for(time_point now) const;
  /// The longest wait for one kind of service if the other kind's answer already leads on, to its
  /// targets or to the domain's own addresses. The own addresses must not be used too early: a
  /// server that has direct TLS only would be searched at the wrong place. The rest of the time is
  /// for the addresses.
  std::chrono::milliseconds services_share() const { return rules_.timeout / 2; }
  void settle_services(time_point now);
  void fail_services(time_point now);
  void on_addresses(pending_target& to, const dns_question& question, const dns_answer& answer,
                    time_point now);
  void ask_for_ipv6(pending_target& of);
  void add_target(resolved_target target, bool given);
  void ask(const dns_question& question);
  void begin_addresses(time_point now);
  void check_complete(time_point now);
  void finish(time_point now);
  void fail(failure why, std::string detail, time_point now);

  lookup_rules rules_;
  random_draw draw_;
  time_point start_;
  time_point addresses_start_;
  std::optional<time_point> first_usable_;
  std::vector<service_set> services_; ///< `_xmpp-server` first; empty for given targets.
  bool waiting_for_services_ = false;
  time_point first_service_{}; ///< when the first usable answer came.
  std::vector<dns_question> to_ask_;
  std::vector<pending_target> targets_;
  failure worst_ = failure::none; ///< the worst failure of an address question.
  std::string worst_detail_;
  std::string refused_; ///< the first private address that was removed.
  bool asked_server_ = false;
  bool done_ = false;
  resolution outcome_;
};

} // namespace fedhub
