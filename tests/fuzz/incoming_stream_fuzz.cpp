// Any octets and any order of events: the machine keeps its promises, and authorises only what was
// verified.

#include <map>
#include <optional>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/sasl_step.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/fuzz/s2s_scene.hpp"

namespace {

using namespace fedhub;
using fuzz::broken;
using fuzz::names;

/// Returns whether the certificate proves this domain, on TLS. Never changes during a run.
bool proves(const domain_name& x) { return x.str() == "a.example"; }

class fixed_policy final : public incoming_policy {
public:
  bool serves(const domain_name& x) const override { return x.str() == "b.example"; }
  failure admits(const domain_pair&) const override { return failure::none; }
  bool trusted(const domain_name& x) const override { return x.str() == "node.example"; }
  bool authoritative(const domain_name& x) const override { return x.str() == "b.example"; }
  identity_proof proof(const domain_name& x) const override {
    return {.proven = proves(x), .why = sasl_failure::credentials_expired};
  }
  bool dialback_enough(const domain_name& x) const override { return x.str() != "d.example"; }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input input{data, size};
  const fuzz::s2s_mode mode{input.octet()};
  const auto security = mode.security();
  const fixed_policy policy;
  incoming_stream stream{{.security = security,
                          .tls_available = true,
                          .fallback_from = {},
                          .direct_tls = mode.direct_tls(),
                          .bidi = mode.bidi(),
                          .limits = {.max_bytes = mode.octet}},
                         policy,
                         fuzz::keys};
  fuzz::s2s_scene<incoming_stream> scene{stream, input};
  auto& peer = scene.peer;
  if (mode.octet > 0xC0)
    scene.limit();
  std::map<domain_pair, std::string>
    open; ///< questions that the machine has asked, with the stream's id.
  std::optional<domain_pair> granted; ///< the pair whose question is just being answered "valid".
  peer.watch = [&](const stream_actions& actions) {
    for (const auto& action : actions) {
      if (const auto* question = std::get_if<verify_key>(&action)) {
        if (security == stream_security::tls_required && !stream.secured())
          broken("dialback in clear text where TLS is required");
        if (question->pair.from.str() == "d.example")
          broken("dialback where it is not enough");
        if (stream.secured() && proves(question->pair.from))
          broken("a question about what is proven");
        open[question->pair] = question->stream_id;
      } else if (const auto* subject = std::get_if<reverse_authorised>(&action)) {
        if (!mode.bidi() || !stream.sends(subject->pair)
            || !stream.authorised({subject->pair.to, subject->pair.from}))
          broken("the reverse of what is not authorised");
        if (security == stream_security::tls_required && !stream.secured())
          broken("the other direction in clear text where TLS is required");
      } else if (const auto* found = std::get_if<sasl_seen>(&action)) {
        if (found->sent && found->step == sasl_step::success && !stream.secured())
          broken("SASL succeeds in clear text");
      } else if (const auto* result = std::get_if<pair_authorised>(&action)) {
        const bool by_certificate = stream.secured() && proves(result->pair.from);
        if (result->pair != granted && !by_certificate && result->pair.from.str() != "node.example")
          broken("authorised what was not verified");
      }
    }
  };
  auto verified = [&](const domain_pair& pair, const std::string& id, dialback_outcome outcome) {
    const auto question = open.find(pair);
    const bool asked = question != open.end() && question->second == id;
    if (asked && outcome == dialback_outcome::valid)
      granted = pair;
    peer.run(stream.on_verified(pair, id, outcome, failure::dns_failed, "detail"));
    granted.reset();
    if (asked)
      open.erase(question);
  };
  for (const auto step : fuzz::prologue(input, true))
    step == "tls" ? peer.run(stream.on_tls_established()) : peer.receive(step);
  while (!input.empty()) {
    const auto event = input.octet();
    const domain_pair pair{names[event / 16 % 3], names[event / 64 % 2]};
    switch (event % 16) {
    case 0:
    case 1:
      peer.run(stream.on_tls_established());
      break;
    case 2:
      verified(pair, stream.stream_id(), dialback_outcome::valid);
      break;
    case 3:
      verified(pair, "another", dialback_outcome::valid);
      break;
    case 4:
      verified(pair, stream.stream_id(),
               event > 0x80 ? dialback_outcome::invalid : dialback_outcome::error);
      break;
    case 13:
      peer.receive("<message from='a.example' to='b.example'/>");
      break;
    default:
      scene.apply(event);
    }
    scene.check();
    if (peer.closed() && !stream.on_tls_established().empty())
      broken("does something after its end");
  }
  return 0;
}
