#include "protocol/negotiation/dialback_initiator.hpp"

#include <algorithm>

#include "protocol/events/dialback_step.hpp"
#include "protocol/events/proof_method.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

void send(const dialback_element& element, stream_actions& out) {
  out.emplace_back(send_xml{dialback_xml(element)});
  out.emplace_back(element.seen(true));
}

/// Returns whether an answer is for this pair. A server that maps names by IDNA2003 uses that form
/// in its answer.
bool is_answered_by(const domain_pair& asked, const domain_pair& answer) {
  return same_under_either(asked.from, answer.from) && same_under_either(asked.to, answer.to);
}

} // namespace

// ---- requests ----------------------------------------------------------------------------------

stream_actions dialback_initiator::authenticate(const domain_pair& pair) {
  const bool known = authorised_.contains(pair) && pair != proven_pair_;
  if (known || keys_pending_.contains(pair))
    return {};
  stream_actions out;
  if (keys_pending_.size() >= max_keys_pending) {
    out.emplace_back(
      pair_refused{pair, failure::queue_full, "too many keys wait for the peer's answer"});
    return out;
  }
  keys_pending_.insert(pair);
  if (begun_)
    ask_for(pair, out);
  else
    queue_.emplace_back(pair);
  return out;
}

const domain_pair* dialback_initiator::authorised_for(const domain_name& target) const {
  const auto found = std::ranges::find(authorised_, target, &domain_pair::to);
  return found == authorised_.end() ? nullptr : &*found;
}

const domain_pair* dialback_initiator::same_pair(const domain_pair& pair) const {
  const auto found = std::ranges::find_if(authorised_, [&](const domain_pair& known) {
    return same_under_either(known.to, pair.to)
           && (pair.from.empty() || same_under_either(known.from, pair.from));
  });
  return found == authorised_.end() ? nullptr : &*found;
}

stream_actions dialback_initiator::verify(const verify_key& request) {
  const question name{request.pair, request.stream_id};
  auto& keys = questions_[name];
  if (std::ranges::find(keys, request.key) != keys.end())
    return {};
  keys.push_back(request.key);
  stream_actions out;
  if (keys.size() > 1)
    return out;
  if (begun_)
    ask(name, out);
  else
    queue_.emplace_back(name);
  return out;
}

stream_actions dialback_initiator::forget(const verify_key& request) {
  stream_actions out;
  const question name{request.pair, request.stream_id};
  const auto asked = questions_.find(name);
  if (asked == questions_.end())
    return out;
  auto& keys = asked->second;
  const auto key = std::ranges::find(keys, request.key);
  if (key == keys.end())
    return out;
  const bool on_wire = key == keys.begin();
  keys.erase(key);
  if (keys.empty()) {
    questions_.erase(asked);
    if (!begun_)
      std::erase_if(queue_, [&](auto& waiting) {
        const auto* other = std::get_if<question>(&waiting);
        return other != nullptr && *other == name;
      });
  } else if (on_wire && begun_) {
    ask(name, out);
  }
  return out;
}

bool dialback_initiator::forget(const domain_pair& pair) {
  if (keys_pending_.erase(pair) == 0)
    return false;
  if (!begun_)
    std::erase_if(queue_, [&](auto& waiting) {
      const auto* other = std::get_if<domain_pair>(&waiting);
      return other != nullptr && *other == pair;
    });
  return begun_;
}

void dialback_initiator::prove(const domain_pair& pair) {
  authorised_.insert(pair);
  proven_pair_ = pair;
}

stream_actions dialback_initiator::begin(std::string stream_id, bool offered) {
  begun_ = true;
  offered_ = offered;
  stream_id_ = std::move(stream_id);
  stream_actions out;
  for (const auto& waiting : std::exchange(queue_, {})) {
    if (const auto* pair = std::get_if<domain_pair>(&waiting))
      ask_for(*pair, out);
    else
      ask(std::get<question>(waiting), out);
  }
  return out;
}

// ---- questions ---------------------------------------------------------------------------------

void dialback_initiator::ask_for(const domain_pair& pair, stream_actions& out) {
  if (pair == proven_pair_) {
    proven_pair_.reset();
    keys_pending_.erase(pair);
    out.emplace_back(pair_authorised{pair, proof_method::external});
  } else if (offered_) {
    dialback_element element;
    element.step = dialback_step::key;
    element.from = pair.from;
    element.to = pair.to;
    element.key = keys_->make(pair, stream_id_);
    send(element, out);
  } else {
    keys_pending_.erase(pair);
    out.emplace_back(pair_refused{pair, failure::dialback_not_offered,
                                  "the peer accepts only the domain that EXTERNAL authenticated"});
  }
}

void dialback_initiator::ask(const question& name, stream_actions& out) {
  const auto asked = questions_.find(name);
  if (!offered_)
    return answer(asked, dialback_outcome::error, "feature-not-implemented", out);
  dialback_element element;
  element.step = dialback_step::verify_request;
  element.from = name.first.to;
  element.to = name.first.from;
  element.id = name.second;
  element.key = asked->second.front();
  send(element, out);
}

void dialback_initiator::answer(std::map<question, asked_keys>::iterator answered,
                                dialback_outcome outcome, std::string_view condition,
                                stream_actions& out) {
  const auto name = answered->first;
  out.emplace_back(key_answered{name.first, name.second, std::move(answered->second.front()),
                                outcome, std::string{condition}});
  answered->second.pop_front();
  if (answered->second.empty())
    questions_.erase(answered);
  else
    ask(name, out);
}

// ---- answers -----------------------------------------------------------------------------------

stream_actions dialback_initiator::on_result(const dialback_element& reply) {
  auto asked = keys_pending_.find(reply.pair());
  if (asked == keys_pending_.end())
    asked = std::ranges::find_if(keys_pending_, [&](const domain_pair& waiting) {
      return is_answered_by(waiting, reply.pair());
    });
  if (!begun_ || asked == keys_pending_.end())
    return {};
  const auto pair = *asked;
  keys_pending_.erase(asked);
  auto out = actions_of(reply.seen(false));
  if (reply.outcome == dialback_outcome::valid) {
    authorised_.insert(pair);
    out.emplace_back(pair_authorised{pair});
  } else {
    const bool refused = reply.outcome == dialback_outcome::invalid;
    const bool unknown =
      reply.error.condition == "item-not-found" || reply.error.condition == "host-unknown";
    out.emplace_back(pair_refused{pair,
                                  refused ? failure::dialback_refused : failure::dialback_error,
                                  reply.error.str(), unknown});
  }
  return out;
}

stream_actions dialback_initiator::on_verify_response(const dialback_element& reply) {
  auto found = questions_.find({reply.pair(), reply.id});
  if (found == questions_.end())
    found = std::ranges::find_if(questions_, [&](const auto& asked) {
      return asked.first.second == reply.id && is_answered_by(asked.first.first, reply.pair());
    });
  if (!begun_ || found == questions_.end())
    return {};
  auto out = actions_of(reply.seen(false));
  answer(found, reply.outcome, reply.error.condition, out);
  return out;
}

} // namespace fedhub
