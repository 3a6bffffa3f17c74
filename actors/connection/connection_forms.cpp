// The connection actor: stanzas whose domains have another form than the domains that the stream
// proved.
#include "actors/connection/connection_state.hpp"

#include <array>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/form_search.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Maps the domains of a stanza to those that the stream speaks for, if both are equal under
/// IDNA2003. ejabberd maps names by IDNA2003: its users of `straße.example` write from that name on
/// a stream of `strasse.example`. One owner's name never becomes another owner's: both names belong
/// to one node, or DNS shows that both are one domain. The stanza is passed on under the proved
/// name.
/// @returns the error that ends the stream, or `none`. If `read_gate::form` is shut after `none`,
/// the answer of DNS is pending, and the stanza is scanned again later.
stream_error connection_state::take_either_form(const seen_domain*& from, const seen_domain*& to) {
  const auto table = hub_->table();
  for (auto* side : {&from, &to})
    if ((*side)->other != nullptr && table->served_alike((*side)->name, (*side)->other->name))
      *side = (*side)->other;
  const auto error = role_.take(from->name, to->name);
  if (error == stream_error::none)
    return error;
  const auto pair = role_.same_pair({from->name, to->name});
  if (!pair)
    return error;
  const std::array sides{std::pair{from->name, pair->from}, std::pair{to->name, pair->to}};
  for (auto& [stated, proved] : sides) {
    if (stated == proved || table->served_alike(stated, proved))
      continue;
    if (table->local(stated)) // another node's name, or a node's while the proved name is remote
      return error;
    switch (judge_form(stated, proved)) {
    case form_verdict::unknown:
      return stream_error::none;
    case form_verdict::same:
      break;
    default:
      return error;
    }
  }
  auto* source = input_->source().get();
  from = source->taken_for(*from, pair->from.in_unicode());
  to = source->taken_for(*to, pair->to.in_unicode());
  return stream_error::none;
}

/// Judges whether `stated` and `proved` have one owner: `stated` has no server, or the same
/// servers. @returns `same` if so, `unknown` if DNS is being asked, else `apart`.
form_verdict connection_state::judge_form(const domain_name& stated, const domain_name& proved) {
  using enum form_verdict;
  const auto of = [this](const domain_name& name) {
    const auto verdict = hub_->forms.verdict(name, now());
    if (verdict == unknown)
      ask_form(name);
    return verdict;
  };
  if (!stated.deviates()) { // then `stated` is the IDNA2003 form of `proved`
    const auto verdict = of(proved);
    return verdict == own ? same : verdict == unknown || verdict == same ? verdict : apart;
  }
  const auto verdict = of(stated);
  if (verdict == transitional)
    return same;
  if (verdict == same && proved.deviates()) // then both have the same IDNA2003 form
    return judge_form(proved.transitional(), proved);
  return verdict == unknown || verdict == same ? verdict : apart;
}

void connection_state::ask_form(const domain_name& name) {
  reading_.gate.shut(read_gate::form);
  reading_.unscanned = true;
  search_form(*self_, hub_, name, asker(), origin(), [this] {
    reading_.gate.lift(read_gate::form);
    if (ending_.ended())
      return;
    read_turn();
    write();
    schedule();
  });
}

} // namespace fedhub
