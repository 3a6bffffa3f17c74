#include "actors/rules/listener_budget.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

namespace fedhub {

namespace {

/// An address may have taken this multiple of the tokens left in the bucket.
constexpr double eagerness = 2;
/// After this time, an address's accepts do not matter any more.
constexpr std::chrono::seconds memory{5};
/// One address or domain can have all connections divided by this number.
constexpr uint64_t parts = 4;
/// The most addresses that are searched for a connection that can give way.
constexpr int most_looked_at = 16;

} // namespace

listener_budget::listener_budget(const budget_limits& limits)
  : limits_(limits), seed_((uint64_t{std::random_device{}()} << 32) | std::random_device{}()) {}

uint64_t listener_budget::share() const {
  return std::max<uint64_t>(limits_.connections / parts, 1);
}

uint64_t listener_budget::hash(std::string_view domain) const {
  auto h = seed_;
  for (unsigned char c : domain)
    h = (h ^ c) * 0x100000001b3;
  return h;
}

void listener_budget::refill(time_point now) {
  const auto rate = static_cast<double>(limits_.accepts_per_second);
  const auto room = rate + static_cast<double>(limits_.expected);
  if (!refilled_)
    allowance_ = room;
  else
    allowance_ =
      std::min(room, allowance_ + rate * std::chrono::duration<double>(now - *refilled_).count());
  refilled_ = now;
}

double listener_budget::taken(const address& x, time_point now) {
  return x.taken * std::exp(-std::chrono::duration<double>(now - x.taken_at).count());
}

std::optional<connection_limit> listener_budget::refuse(const address* known,
                                                        const address_group& group,
                                                        uint64_t awaited, time_point now) {
  const auto more = awaited + limits_.expected;
  if (known != nullptr) {
    const auto unused = known->strangers.size() - known->served;
    if (unused >= limits_.connections_per_address + more)
      return connection_limit::address;
  }
  const auto before = known != nullptr ? taken(*known, now) : 0;
  if (allowance_ < 1 || before + 1 > eagerness * allowance_ + static_cast<double>(more))
    return connection_limit::rate;
  if (connections_ >= limits_.connections && place_giving_way(group) == nullptr)
    return connection_limit::total;
  return {};
}

listener_budget::place* listener_budget::place_giving_way(const address_group& to) const {
  const auto own = strangers_.of(to);
  int looked_at = 0;
  for (auto rbegin = strangers_.ranking().rbegin(); rbegin != strangers_.ranking().rend();
       ++rbegin) {
    if (rbegin->first < own + 2 || looked_at++ == most_looked_at)
      return nullptr;
    place* last_choice = nullptr;
    for (auto* place : addresses_.at(rbegin->second).strangers) {
      if (place->end && place->is == place::use::none)
        return place;
      if (place->end && last_choice == nullptr)
        last_choice = place;
    }
    if (last_choice != nullptr)
      return last_choice;
  }
  return nullptr;
}

std::optional<connection_limit> listener_budget::enter(place& newcomer, uint64_t awaited,
                                                       time_point now,
                                                       std::function<void()>& victim) {
  refill(now);
  forget_idle(now);
  auto known = addresses_.find(newcomer.from);
  if (auto limit =
        refuse(known == addresses_.end() ? nullptr : &known->second, newcomer.from, awaited, now)) {
    newcomer.is = place::use::left;
    return limit;
  }
  if (connections_ >= limits_.connections) {
    auto* gone = place_giving_way(newcomer.from);
    victim = std::move(*gone->end);
    leave(*gone);
  }
  if (known == addresses_.end())
    known = addresses_.try_emplace(newcomer.from).first;
  auto& of = known->second;
  if (std::exchange(of.idle, false))
    idle_.erase(of.rest);
  of.taken = taken(of, now) + 1;
  of.taken_at = now;
  newcomer.is = place::use::none;
  newcomer.at = of.strangers.insert(of.strangers.end(), &newcomer);
  strangers_.add(newcomer.from);
  connections_ += 1;
  allowance_ -= 1;
  return {};
}

void listener_budget::served(place& taken) {
  if (taken.is != place::use::none)
    return;
  auto& of = addresses_.at(taken.from);
  // A peer can ask about one key again and again, so the benefit is bounded.
  if (of.served >= share())
    return;
  of.served += 1;
  taken.is = place::use::served;
}

bool listener_budget::room_for(const place& taken, std::string_view domain) const {
  if (taken.is == place::use::left || taken.is == place::use::authenticated
      || !limits_.shares_for_authenticated)
    return true;
  auto known = domains_.find(hash(domain));
  return addresses_.at(taken.from).authenticated < share()
         && (known == domains_.end() || known->second < share());
}

bool listener_budget::authenticated(place& taken, std::string_view domain) {
  if (taken.is == place::use::left || taken.is == place::use::authenticated)
    return true;
  if (!room_for(taken, domain))
    return false;
  auto& of = addresses_.at(taken.from);
  const auto key = hash(domain);
  if (limits_.shares_for_authenticated)
    domains_[key] += 1;
  forget_stranger(taken, of);
  of.authenticated += 1;
  taken.is = place::use::authenticated;
  taken.domain = limits_.shares_for_authenticated ? key : 0;
  return true;
}

void listener_budget::forget_stranger(place& taken, address& of) {
  of.strangers.erase(taken.at);
  if (taken.is == place::use::served)
    of.served -= 1;
  strangers_.remove(taken.from);
}

void listener_budget::leave(place& taken) {
  if (taken.is == place::use::left)
    return;
  auto known = addresses_.find(taken.from);
  auto& of = known->second;
  if (taken.is == place::use::authenticated) {
    of.authenticated -= 1;
    if (auto domain = domains_.find(taken.domain);
        domain != domains_.end() && --domain->second == 0)
      domains_.erase(domain);
  } else {
    forget_stranger(taken, of);
  }
  taken.is = place::use::left;
  connections_ -= 1;
  if (of.strangers.empty() && of.authenticated == 0)
    rest(known);
}

void listener_budget::rest(address_map::iterator at) {
  at->second.idle = true;
  at->second.rest = idle_.insert(idle_.end(), at->first);
}

/// Forgets idle addresses from the front, where the first to become idle are. A later one may be
/// due earlier, and then waits for the earlier ones.
void listener_budget::forget_idle(time_point now) {
  while (!idle_.empty()) {
    auto oldest = addresses_.find(idle_.front());
    if (idle_.size() <= most_remembered && now - oldest->second.taken_at < memory)
      return;
    addresses_.erase(oldest);
    idle_.pop_front();
  }
}

} // namespace fedhub
