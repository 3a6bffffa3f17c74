// Fakes of the actors with which an actor under test communicates, and logs of their messages.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/node.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub::test {

/// The stanzas that a destination got. It keeps them, so that it can give them back.
struct sink_log {
  std::vector<stanza> stanzas;
  int batches = 0;

  std::vector<std::string> ids() const { return ids_of(stanzas); }
  void take(stanza_batch& batch) {
    ++batches;
    std::move(batch.stanzas.begin(), batch.stanzas.end(), std::back_inserter(stanzas));
    batch.stanzas.clear();
  }
};

struct node_log : sink_log {
  int fences = 0; ///< fences requested so far.
  std::vector<caf::typed_response_promise<fence_atom>> open;
};

/// An actor can answer only in a turn of its own. So the test sends the fakes a message with the
/// number of oldest open requests that they are to answer.
using fake_node_actor = node_sink_actor::extend<caf::reacts_to<release_atom, uint64_t>>;
using fake_router_actor = router_actor::extend<caf::reacts_to<release_atom, uint64_t>>;

template <class Atom>
void answer_oldest(std::vector<caf::typed_response_promise<Atom>>& open, uint64_t n) {
  for (; n > 0 && !open.empty(); --n) {
    open.front().deliver(Atom{});
    open.erase(open.begin());
  }
}

inline fake_node_actor::behavior_type fake_node(fake_node_actor::pointer self, node_log* log) {
  return {
    [=](deliver_atom, const stanza_batch_ptr& x) { log->take(*x); },
    [=](fence_atom, const routing_table_ptr&) {
      ++log->fences;
      return log->open.emplace_back(
        self->make_response_promise<caf::typed_response_promise<fence_atom>>());
    },
    [=](release_atom, uint64_t n) { answer_oldest(log->open, n); },
  };
}

struct connection_log : sink_log {
  bool adoptable = true; ///< whether it accepts an owner that asks.
  std::vector<link_end> closed;
  std::vector<verification_ptr> answers;
  int released = 0;
  int settled = 0; ///< messages that a session it asked for is free now.
  std::vector<drain_stage> drained;
};

inline connection_actor::behavior_type fake_connection(connection_actor::pointer,
                                                       connection_log* log) {
  return {
    [](ready_atom, int) {},
    [=](deliver_atom, const stanza_batch_ptr& x) { log->take(*x); },
    [](tick_atom) {},
    [](flush_atom) {},
    [](resume_atom) {},
    [=](close_atom, const link_end_ptr& x) { log->closed.push_back(*x); },
    [=](verified_atom, const verification_ptr& x) { log->answers.push_back(x); },
    [](pair_atom, const domain_pair&) {},
    [](forget_atom, const domain_pair&) {},
    [](verify_atom, const verification_ptr&) {},
    [=](adopt_atom, const adoption_ptr&) { return log->adoptable; },
    [=](release_atom) { ++log->released; },
    [=](settled_atom) { ++log->settled; },
    [](pong_atom) {},
    [=](drain_atom, drain_stage stage) {
      log->drained.push_back(stage);
      return drain_atom_v;
    },
    [](reload_atom, const reload_round_ptr&) {},
    [](sweep_atom, const reload_round_ptr&) {},
    [](describe_atom) { return std::make_shared<const admin::stream_row>(); },
  };
}

struct router_log {
  std::vector<std::string> answers; ///< the stanza errors that it got.
  std::vector<time_point> since;    ///< the age of each of them.
  std::vector<std::string> found;   ///< domains, in the order of the directory's messages.
  std::vector<stanza_sink_actor> sinks;
  std::vector<std::string> forgotten;
  bool silent = false; ///< whether it holds back its answer to `forget_atom`.
  std::vector<caf::typed_response_promise<forget_atom>> open;
};

inline fake_router_actor::behavior_type fake_router(fake_router_actor::pointer self,
                                                    router_log* log, accounting* account) {
  return {
    [=](route_atom, const stanza_batch_ptr& batch) {
      for (auto& answer : batch->stanzas) {
        log->answers.emplace_back(answer.text());
        log->since.push_back(answer.since);
        stanza_tally{*account}.delivered(answer);
      }
    },
    [](table_atom, const routing_table_ptr&) {},
    [](sweep_atom, const reload_round_ptr&) {},
    [=](found_atom, const domain_name& name, const stanza_sink_actor& sink) {
      log->found.push_back(name.str());
      log->sinks.push_back(sink);
    },
    [=](forget_atom, const domain_name& name) {
      log->forgotten.push_back(name.str());
      auto promise = self->make_response_promise<caf::typed_response_promise<forget_atom>>();
      if (log->silent)
        log->open.push_back(promise);
      else
        promise.deliver(forget_atom_v);
      return promise;
    },
    [](status_atom) { return status_atom_v; },
    [=](release_atom, uint64_t n) { answer_oldest(log->open, n); },
  };
}

struct directory_log {
  std::vector<std::string> lookups;
  std::vector<verification_ptr> questions;
  std::vector<verifier_actor> verifiers;
  std::vector<std::string> retiring;
  std::vector<bool> retired;
  host_use use = host_use::own;    ///< the answer to `share`.
  std::vector<std::string> shared; ///< the servers of the `share` messages.
  std::vector<verification_ptr> lent;
  std::vector<std::string> offered, left;
  bool refused = false;             ///< of the last `leave` message.
  std::vector<std::string> retried; ///< domains.
  domain_news described;            ///< the answer about its domain; any other has no actor.
};

inline directory_actor::behavior_type fake_directory(directory_actor::pointer, directory_log* log) {
  return {
    [=](lookup_atom, const domain_name& name, const router_actor&) {
      log->lookups.push_back(name.str());
    },
    [=](verify_atom, const verification_ptr& verification, const verifier_actor& asker) {
      log->questions.push_back(verification);
      log->verifiers.push_back(asker);
    },
    [](adopt_atom, const connection_actor&, const domain_pair&) {},
    [=](share_atom, const std::string& host, const std::vector<verification_ptr>& questions,
        const domain_actor&) {
      log->shared.push_back(host);
      if (log->use == host_use::lent)
        log->lent.insert(log->lent.end(), questions.begin(), questions.end());
      return log->use;
    },
    [=](offer_atom, const std::string& host, const domain_name&) { log->offered.push_back(host); },
    [=](leave_atom, const std::string& host, const domain_name&, bool refuses) {
      log->left.push_back(host);
      log->refused = refuses;
    },
    [=](retire_atom, const domain_name& name, const domain_actor&) {
      log->retiring.push_back(name.str());
    },
    [=](retired_atom, const domain_name&, bool gone) { log->retired.push_back(gone); },
    [](table_atom, const routing_table_ptr&) {},
    [](sweep_atom, const reload_round_ptr&) {},
    [=](retry_atom, const domain_name& name) { log->retried.push_back(name.str()); },
    [=](describe_atom, const domain_name& name, description) -> caf::result<domain_news_ptr> {
      auto news = std::make_shared<domain_news>(log->described);
      if (news->domain != name)
        return caf::sec::request_receiver_down;
      return domain_news_ptr{std::move(news)};
    },
    [](drain_atom) {},
    [](close_atom) {},
  };
}

struct resolver_log {
  struct question {
    std::string domain;
    given_targets_ptr given;
    time_point at;
    dns_asker asker;
  };
  std::vector<question> questions;
  resolution_ptr answer; ///< to all questions; null: they stay unanswered.
  std::vector<std::string> forgotten;
};

inline resolver_actor::behavior_type fake_resolver(resolver_actor::pointer self,
                                                   resolver_log* log) {
  auto ask = [=](const domain_name& name, const given_targets_ptr& given, const dns_asker& asker) {
    log->questions.push_back({name.str(), given, self->home_system().clock().now(), asker});
    auto promise = self->make_response_promise<caf::typed_response_promise<resolution_ptr>>();
    if (log->answer)
      promise.deliver(log->answer);
    return promise;
  };
  auto trace = [=](const domain_name& name, const given_targets_ptr& given,
                   const dns_asker& asker) {
    log->questions.push_back({name.str(), given, self->home_system().clock().now(), asker});
    auto promise = self->make_response_promise<caf::typed_response_promise<resolution_trace_ptr>>();
    if (log->answer)
      promise.deliver(std::make_shared<const resolution_trace>(resolution_trace{log->answer, {}}));
    return promise;
  };
  return {
    [](ready_atom, int) {},
    [=](trace_atom, const domain_name& x, service_kinds, const dns_asker& asker) {
      return trace(x, nullptr, asker);
    },
    [=](trace_atom, const domain_name& x, const given_targets_ptr& y, const dns_asker& asker) {
      return trace(x, y, asker);
    },
    [=](forget_atom, const domain_name& x) {
      log->forgotten.push_back(x.str());
      return forget_atom_v;
    },
    [=](resolve_atom, const domain_name& x, service_kinds, const dns_asker& asker) {
      return ask(x, nullptr, asker);
    },
    [=](resolve_atom, const domain_name& x, uint16_t, const dns_asker& asker) {
      return ask(x, nullptr, asker);
    },
    [=](resolve_atom, const domain_name& x, const given_targets_ptr& y, const dns_asker& asker) {
      return ask(x, y, asker);
    },
    [](tlsa_atom, const tlsa_endpoint&, const dns_asker&) {
      return tlsa_set_ptr{std::make_shared<tlsa_set>()};
    },
    [](tick_atom) {},
    [](sweep_atom) {},
  };
}

/// The answers that a fake verifier got.
struct verifier_log {
  std::vector<verification_ptr> answers;
};
inline verifier_actor::behavior_type fake_verifier(verifier_actor::pointer, verifier_log* log) {
  return {
    [=](verified_atom, const verification_ptr& x) { log->answers.push_back(x); },
    [](tick_atom) {},
  };
}

} // namespace fedhub::test
