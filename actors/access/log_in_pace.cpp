#include "actors/access/log_in_pace.hpp"

#include <algorithm>

namespace fedhub {

namespace {

using std::chrono::seconds;

/// Returns the pause after so many attempts.
seconds pause_after(unsigned attempts, unsigned free, seconds longest) {
  if (attempts < free)
    return seconds{0};
  const auto doublings = std::min(attempts - free, 6u);
  return std::min(seconds{1u << doublings}, longest);
}

template <class Rows>
void forget_old(Rows& rows, log_in_pace::time_point now) {
  std::erase_if(rows,
                [now](const auto& row) { return row.second.last + log_in_pace::memory <= now; });
  if (rows.size() >= log_in_pace::most)
    rows.erase(std::ranges::min_element(rows, {}, [](const auto& row) { return row.second.last; }));
}

} // namespace

seconds log_in_pace::begin(const address_group& from, const std::string& user, time_point now) {
  forget_old(addresses_, now);
  forget_old(users_, now);
  auto& address = addresses_[from];
  auto* tried = user.empty() ? nullptr : &users_[user];
  const auto next = std::max(address.next, tried ? tried->next : time_point{});
  if (next > now)
    return std::chrono::ceil<seconds>(next - now);
  const auto count = [now](row& counted, unsigned free, seconds longest) {
    ++counted.attempts;
    counted.last = now;
    counted.next = now + pause_after(counted.attempts, free, longest);
  };
  count(address, free_of_address, longest_of_address);
  if (tried)
    count(*tried, free_of_user, longest_of_user);
  return seconds{0};
}

void log_in_pace::succeed(const address_group& from, const std::string& user) {
  addresses_.erase(from);
  users_.erase(user);
}

} // namespace fedhub
