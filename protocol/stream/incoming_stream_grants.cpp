// The receiving machine: the domain pairs that it has granted, and their revocation by new rules.
#include "protocol/stream/incoming_stream.hpp"

#include <algorithm>
#include <iterator>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

void incoming_stream::authorise(const domain_pair& pair, proof_method how, stream_actions& out) {
  // The domains are usually the header's. Then the grant shares their texts as long as the stream
  // lives.
  const auto& from = pair.from == from_ ? from_ : pair.from;
  const auto& to = pair.to == to_ ? to_ : pair.to;
  if (grants_.empty())
    peer_ = from;
  const auto at = std::ranges::lower_bound(grants_, pair, {}, &grant::pair);
  if (at == grants_.end() || at->pair != pair)
    grants_.insert(at, {{from, to}, how});
  out.emplace_back(pair_authorised{pair, how});
  if (bidi_)
    out.emplace_back(reverse_authorised{{pair.to, pair.from}});
}

bool incoming_stream::sends(const domain_pair& pair) const {
  return bidi_ && authorised({pair.to, pair.from});
}

const incoming_stream::grant* incoming_stream::find(const domain_pair& pair) const {
  if (phase_ == phase::closed)
    return nullptr;
  const auto at = std::ranges::lower_bound(grants_, pair, {}, &grant::pair);
  return at != grants_.end() && at->pair == pair ? &*at : nullptr;
}

const domain_pair* incoming_stream::pair_of(const domain_name& from) const {
  if (phase_ == phase::closed)
    return nullptr;
  const auto at =
    std::ranges::find(grants_, from, [](const grant& granted) { return granted.pair.from; });
  return at == grants_.end() ? nullptr : &at->pair;
}

const domain_pair* incoming_stream::same_pair(const domain_pair& pair) const {
  if (phase_ == phase::closed)
    return nullptr;
  const auto at = std::ranges::find_if(grants_, [&](const grant& granted) {
    return same_under_either(granted.pair.from, pair.from)
           && (pair.to.empty() || same_under_either(granted.pair.to, pair.to));
  });
  return at == grants_.end() ? nullptr : &at->pair;
}

stream_error incoming_stream::refusal(const domain_pair& pair) const {
  if (grants_.empty())
    return stream_error::not_authorized;
  return policy_.serves(pair.to) ? stream_error::invalid_from : stream_error::host_unknown;
}

revocation incoming_stream::judge(const domain_pair& pair, proof_method how) const {
  if (!policy_.serves(pair.to))
    return {failure::domain_denied, pair.to.str() + " is no longer served here"};
  if (const auto why = policy_.admits(pair); why != failure::none)
    return {why, pair.from.str()};
  const bool certified = secured_ && policy_.proof(pair.from).proven;
  switch (how) {
  case proof_method::configuration:
    return policy_.trusted(pair.from)
             ? revocation{}
             : revocation{failure::domain_denied, pair.from.str() + " is not a domain of the node"};
  case proof_method::dialback:
    if (certified)
      return {};
    if (!policy_.dialback_stands(pair.from))
      return {failure::certificate_refused, "dialback alone does not prove " + pair.from.str()};
    if (!policy_.same_authority(pair.from))
      return {failure::dialback_error, pair.from.str() + " was verified by another server"};
    return {};
  case proof_method::external:
  case proof_method::certificate:
    break;
  }
  return certified ? revocation{}
                   : revocation{failure::certificate_refused,
                                "the certificate does not prove " + pair.from.str()};
}

review incoming_stream::on_rules(stream_security security) {
  review out;
  if (phase_ == phase::closed)
    return out;
  const bool begun = asked_ || !pending_.empty() || !grants_.empty();
  opts_.security = security;
  for (auto waiting = pending_.begin(); waiting != pending_.end();) {
    const auto taken = judge(waiting->first, proof_method::dialback);
    if (taken)
      answer(waiting->second, dialback_outcome::error,
             {"policy-violation", std::string{describe(taken.why)}}, out.actions);
    waiting = taken ? pending_.erase(waiting) : std::next(waiting);
  }
  out.whole = true;
  for (const auto& granted : grants_) {
    auto taken = judge(granted.pair, granted.how);
    if (!taken)
      out.whole = false;
    else if (!out.taken)
      out.taken = std::move(taken);
  }
  if (!out.taken && begun && !dialback_possible())
    out.taken = {failure::tls_not_offered, "TLS is required now"};
  return out;
}

bool incoming_stream::stands(const domain_pair& pair) const {
  const auto* found = find(pair);
  return found != nullptr && !judge(found->pair, found->how);
}

} // namespace fedhub
