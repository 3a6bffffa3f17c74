// One resolution as a state machine: questions out, answers in. No socket, no clock, no cache.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "actors/dns/dns_message.hpp"
#include "actors/dns/resolver_order.hpp"
#include "actors/net/special_names.hpp"

namespace fedhub {

struct lookup_rules {
  bool allow_private_addresses = false;
  std::chrono::milliseconds timeout{5000}; ///< for the whole: SRV, then addresses.
  service_kinds services = service_kinds::any;
  bool validating = false; ///< DNSSEC counts; see `resolver_options`.
  /// This machine may reach others by IPv6. If not, AAAA is asked for only where A leads nowhere
  /// (AI_ADDRCONFIG, RFC 3493 §6.1, spares it altogether; on loopback there may be a server all the
  /// same).
  bool ipv6 = true;
};

/// Finds the servers of one domain (RFC 6120 §3.2, XEP-0368) or the addresses of given targets.
///
/// The two kinds of service are asked for at the same time, and what both have is ordered as one
/// set. Of each kind there is one of four answers: targets; "not offered", a sole target "."; no
/// records; or none that can be believed, since the lookup failed.
/// - One kind has targets: they are used, whatever became of the other kind.
/// - `_xmpp-server` has no records, and there are no targets: the domain's own addresses. That the
///   other kind's lookup failed does not forbid it, since it is `_xmpp-server` alone that RFC 6120
///   speaks of. But if the domain has no addresses either, it may have that service: the resolution
///   has failed, with that failure.
/// - A lookup failed, and there are no targets: the resolution has failed, with that failure.
/// - All that remains has said "not offered": `failure::dns_no_service`.
///
/// The owner asks the questions that `take_questions` returns, tells every answer to `on_answer`,
/// calls `on_time` while it waits, and takes the `outcome` once `done`. A question may be answered
/// before the others have been asked.
class resolver_lookup {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Each is a bound against answers made to cost: RFC 2782 sets none.
  static constexpr size_t max_targets = 16;
  static constexpr size_t max_addresses_per_target = 16;

  /// RFC 8305 §3: the wait for AAAA after a positive A.
  static constexpr std::chrono::milliseconds resolution_delay{50};
  /// As soon as one target can be tried, the others (and the other family) have this long to be
  /// answered; and as soon as one kind of service has targets, so has the other kind.
  static constexpr std::chrono::milliseconds straggler_wait{1000};

  /// SRV, then addresses (A and AAAA). A domain that is an IP literal is done at once.
  resolver_lookup(domain_name domain, lookup_rules rules, random_draw draw, time_point now);

  /// Addresses alone, for this port. Nothing of it holds by DNSSEC: DNS did not give the host.
  resolver_lookup(domain_name host, uint16_t port, lookup_rules rules, random_draw draw,
                  time_point now);

  /// The addresses of these; IP literals need no question. Private addresses are allowed.
  resolver_lookup(domain_name domain, const std::vector<given_target>& targets, lookup_rules rules,
                  random_draw draw, time_point now);

  /// The first question is about to be asked only now: time begins.
  void begin(time_point now) { start_ = addresses_start_ = now; }

  /// The questions to ask now; each is returned once.
  std::vector<dns_question> take_questions();

  /// Applies an answer; one to a question that is not open is ignored.
  /// @param cached it did not cost a question to a server.
  void on_answer(const dns_question& question, const dns_answer& answer, bool cached,
                 time_point now);

  /// Ends waits that are over.
  void on_time(time_point now);

  bool done() const { return done_; }

  /// @pre `done()`
  const resolution& outcome() const { return outcome_; }

private:
  /// What one kind of service was found to be.
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
    std::vector<dns_question> open; ///< empty: complete.
    time_point first_answer{};      ///< the first positive one.
    bool has_ipv4 = false;
    bool ipv6_left = false; ///< AAAA is not asked unless there is nothing else.
    bool cut_off = false;   ///< a wait ended before all answers came.

    bool complete() const { return open.empty() || cut_off; }
    bool usable() const { return !target.addresses.empty(); }
  };

  /// The domain or host is an IP literal, or no host name: there is nothing to ask.
  /// @returns false if there is.
  bool settle_without_dns(uint16_t port, time_point now);
  void settle_special(special_name is, uint16_t port, time_point now);
  void on_services(service_set& to, const dns_answer& answer, time_point now);
  void check_services(time_point now);
  bool services_waited_for(time_point now) const;
  /// The longest wait for one kind of service where the other's answer leads on: to its targets, or
  /// to the domain's own addresses, which must not be too early, or a server that is reached by
  /// direct TLS only is looked for where it is not. The rest is for the addresses.
  std::chrono::milliseconds services_share() const { return rules_.timeout / 2; }
  void settle_services(time_point now);
  void fail_services(time_point now);
  void on_addresses(pending_target& to, const dns_question& question, const dns_answer& answer,
                    time_point now);
  void ask_for_ipv6(pending_target& of);
  void add_target(resolved_target target, bool given);
  void ask(const dns_question& x);
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
  time_point first_service_{}; ///< when the first usable set came.
  std::vector<dns_question> to_ask_;
  std::vector<pending_target> targets_;
  failure worst_ = failure::none; ///< of the address questions.
  std::string worst_detail_;
  std::string refused_; ///< the first private address that was removed.
  bool asked_server_ = false;
  bool done_ = false;
  resolution outcome_;
};

} // namespace fedhub
