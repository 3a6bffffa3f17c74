#include "conf/ctl/paged_list.hpp"

#include <algorithm>

namespace fedhub::ctl {

namespace {

/// The largest `limit` that the API takes.
constexpr size_t largest_page = 1'000;

/// Returns where the next page begins; empty if there is none.
std::string next_of(const json& page) {
  const auto& next = member(page, "next");
  if (next.is_string())
    return next.get<std::string>();
  return next.is_number() ? next.dump() : std::string{};
}

} // namespace

paged_list::paged_list(api_request first, size_t wanted, bool with_limit)
  : request_(std::move(first)), wanted_(std::clamp<size_t>(wanted, 1, most_rows)) {
  if (with_limit)
    request_.set("limit", std::to_string(std::min(wanted_, largest_page)));
}

std::optional<api_request> paged_list::next_request() const {
  if (!more_ || rows_.size() >= wanted_ || octets_ >= most_list_octets)
    return std::nullopt;
  return request_;
}

bool paged_list::take(const json& page, size_t octets) {
  const auto& items = page.is_array() ? page : member(page, "items");
  if (!items.is_array())
    return false;
  octets_ += octets;
  const auto room = wanted_ - rows_.size();
  const auto taken = std::min(room, items.size());
  rows_.insert(rows_.end(), items.begin(), items.begin() + static_cast<std::ptrdiff_t>(taken));
  if (const auto& total = member(page, "total"); total.is_number_unsigned())
    total_ = total.get<size_t>();
  const auto next = next_of(page);
  // An empty page brings nothing, whatever it says of the next one.
  more_ = !next.empty() && !items.empty();
  if (more_)
    request_.set("after", next);
  more_ = more_ || taken < items.size();
  return true;
}

std::string paged_list::foot() const {
  const auto count = std::to_string(rows_.size());
  if (total_ && *total_ > rows_.size())
    return count + " of " + std::to_string(*total_);
  return more_ ? count + ", and there are more" : std::string{};
}

} // namespace fedhub::ctl
