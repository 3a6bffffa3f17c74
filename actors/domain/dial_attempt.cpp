#include "actors/domain/dial_attempt.hpp"

#include <algorithm>

namespace fedhub {

void dial_attempt::note_tried(const dialed_server& server) {
  if (std::ranges::find(tried_, server) == tried_.end())
    tried_.push_back(server);
}

resolution_ptr dial_attempt::untried() const {
  if (!found_ || tried_.empty())
    return found_;
  auto rest = std::make_shared<resolution>(*found_);
  for (auto& target : rest->targets)
    std::erase_if(target.addresses, [&](auto& address) {
      return std::ranges::find(tried_, dialed_server{address.str(), target.direct_tls})
             != tried_.end();
    });
  std::erase_if(rest->targets, [](auto& x) { return x.addresses.empty(); });
  return rest->targets.empty() ? nullptr : rest;
}

resolution_ptr dial_attempt::next() {
  if (auto rest = tried_.size() < most_tried ? untried() : nullptr)
    return rest;
  const auto again = std::exchange(second_chance_, nullptr);
  if (!again)
    return nullptr;
  try_again(*again);
  return untried();
}

std::string dial_attempt::explain(const std::string& detail) const {
  if (!redirected())
    return detail;
  return detail + (detail.empty() ? "" : "; ") + "redirected to " + redirected_to_;
}

} // namespace fedhub
