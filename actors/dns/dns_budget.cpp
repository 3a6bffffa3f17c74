#include "actors/dns/dns_budget.hpp"

namespace fedhub {

size_t dns_budget::part(dns_party party) const {
  switch (party) {
  case dns_party::node:
    break;
  case dns_party::remote:
    return searches_ - searches_ / 4;
  case dns_party::stranger:
    return searches_ / 2;
  }
  return searches_;
}

bool dns_budget::room_for(const dns_asker& asker) const {
  if (under_way() >= searches_)
    return false;
  if (asker.party == dns_party::node)
    return true;
  size_t used = 0;
  for (auto i = static_cast<size_t>(asker.party); i < used_.size(); ++i)
    used += used_[i];
  if (asker.party == dns_party::stranger
      && under_way(dns_party::remote) + used >= part(dns_party::remote))
    return false;
  return used + by_address_[static_cast<size_t>(asker.party)].of(asker.from) < part(asker.party);
}

bool dns_budget::enter(const dns_asker& asker) {
  if (!room_for(asker))
    return false;
  used_[static_cast<size_t>(asker.party)] += 1;
  if (asker.party != dns_party::node)
    by_address_[static_cast<size_t>(asker.party)].add(asker.from);
  return true;
}

void dns_budget::leave(const dns_asker& asker) {
  used_[static_cast<size_t>(asker.party)] -= 1;
  if (asker.party != dns_party::node)
    by_address_[static_cast<size_t>(asker.party)].remove(asker.from);
}

} // namespace fedhub
