#include "actors/stanzas/outbox.hpp"

#include <algorithm>
#include <array>

#include "actors/stanzas/condenser.hpp"
#include "actors/stanzas/stanza_form.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

namespace {

/// The most slices for one system call. Stanzas that are adjacent in their chunk form one slice.
constexpr size_t gather_slices = 256;

constexpr size_t long_row = 1024;

std::unique_ptr<const std::string> owned(std::string x) {
  return std::make_unique<const std::string>(std::move(x));
}

} // namespace

size_t outbox::octets_to_write(const stanza& stanza) const {
  const auto tag = own_tag(stanza);
  return tag ? tag->size() + stanza.size - stanza.tag.end : stanza.size;
}

/// Returns the start tag to write instead of the stanza's own, as `replaced_tag` does.
std::unique_ptr<const std::string> outbox::own_tag(const stanza& stanza) const {
  return replaced_tag(stanza, to_component_ ? ns::component_accept : ns::server,
                      target_ ? *target_ : domain_name{});
}

outbox::~outbox() {
  for (auto& x : take_unwritten())
    limits_.account().lost(x);
}

outbox::entry outbox::of_its_own(std::string xml) {
  return {stanza{}, owned(std::move(xml)), false, false};
}

void outbox::push(std::string xml) {
  if (xml.empty())
    return;
  drop_gone(4); // the outbox of a slow peer may never become empty
  entries_.push_back(of_its_own(std::move(xml)));
  count_own(entries_.back(), true);
  loose_ += 1;
}

void outbox::count_own(const entry& one, bool comes) {
  if (!one.value.settled() || !one.own)
    return;
  const auto octets = static_cast<uint32_t>(sizeof(entry) + sizeof(std::string)
                                            + heap_octets(one.own->capacity() + 1));
  own_octets_ += comes ? octets : -octets;
}

void outbox::push_ahead(std::string xml) {
  // Octets offered to the transport have to be offered again unchanged.
  const size_t begun = front_written_ + (offered_ ? transport::record_bytes : 0);
  size_t offset = 0;
  auto at = entries_.begin() + static_cast<ptrdiff_t>(first_);
  for (; at != entries_.end() && (!at->hold || offset < begun); ++at)
    offset += at->size();
  if (first_ == 0) {
    count_own(*entries_.insert(at, of_its_own(std::move(xml))), true);
    return;
  }
  // There is a free place in front, so a frequent call is cheap even if much waits.
  auto front = entries_.begin() + static_cast<ptrdiff_t>(first_);
  std::move(front, at, front - 1);
  *(at - 1) = of_its_own(std::move(xml));
  count_own(*(at - 1), true);
  --first_;
}

/// Erases the entries that are gone, once they are more than one in `part` entries. So at most
/// `part - 1` entries are moved for each.
void outbox::drop_gone(size_t part) {
  if (first_ <= entries_.size() / part)
    return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(first_));
  first_ = 0;
}

void outbox::expect(size_t stanzas) {
  drop_gone(2);
  // A long row grows by a quarter only, since no account has the memory of unused places.
  const auto capacity = entries_.capacity();
  if (auto needed = entries_.size() + stanzas; needed > capacity)
    entries_.reserve(std::max(needed, capacity + capacity / (capacity < long_row ? 1 : 4)));
}

failure outbox::push(stanza& stanza) {
  const bool may_have_prefix = stanza.tag.declares_prefix() || stanza.tag.header_prefixes != 0;
  if (may_have_prefix && to_component_ && !stanza.generated)
    drop_prefix(stanza);
  if (settled_)
    if (auto why = limits_.admit(stanza); why != failure::none)
      return why;
  tally_.queued(stanza);
  entries_.emplace_back(std::move(stanza), nullptr, settled_, holding_);
  entries_.back().tag_unseen = true;
  loose_ += 1;
  if (holding_)
    ++to_hold_;
  return failure::none;
}

/// Removes a stanza from the accounts. It belongs to the caller then.
void outbox::leave(entry& entry) {
  tally_.unqueued(entry.value);
  if (entry.admitted)
    limits_.release(entry.value.size);
}

io_status outbox::flush(transport& to, size_t budget, size_t& written, bool last) {
  const auto from = first_;
  const auto place = to.octets_written();
  size_t to_retain = 0;
  const auto status = write_some(to, budget, written, last, to_retain);
  if (to_retain != 0)
    retain_written(to_retain, from, place, to);
  else if (empty() && from != first_)
    clear();
  if (status == io_status::ok && empty())
    settled_ = condensing_ = false;
  return status;
}

/// Writes in a loop. @param to_retain grows by the octets of stanzas for `retain_written`.
io_status outbox::write_some(transport& to, size_t budget, size_t& written, bool last,
                             size_t& to_retain) {
  size_t used = 0;
  while (!empty() && used < budget) {
    std::array<iovec, gather_slices> slices;
    // For TLS the transport only has to know whether there is more than one record.
    auto count = gather(slices, to.tls() ? std::min(budget - used, transport::record_bytes + 1)
                                         : budget - used);
    if (count == 0)
      break;
    auto result = to.write(slices.data(), count, last);
    offered_ = result.status == io_status::would_block && to.tls();
    if (result.status != io_status::ok)
      return result.status;
    used += result.bytes;
    written += result.bytes;
    to_retain += drop_front_octets(result.bytes, to);
  }
  return io_status::ok;
}

/// Fills `slices` with the first waiting octets, about `octets` of them. @returns how many slices.
size_t outbox::gather(std::span<iovec> slices, size_t octets) {
  size_t count = 0;
  size_t gathered = 0;
  const char* end = nullptr; // the end of the last slice
  size_t skip = front_written_;
  const bool limited = holding_ && !offered_;
  const size_t may_hold = limited ? held_->room() : 0;
  for (auto at = entries_.begin() + static_cast<ptrdiff_t>(first_);
       at != entries_.end() && gathered < octets; ++at) {
    if (limited && at->hold && gathered >= may_hold && skip == 0)
      return count;
    if (std::exchange(at->tag_unseen, false))
      at->own = own_tag(at->value);
    for (std::string_view part : {at->head(), at->tail()}) {
      auto skipped = std::min(skip, part.size());
      skip -= skipped;
      part.remove_prefix(skipped);
      if (part.empty())
        continue;
      if (part.data() == end) {
        slices[count - 1].iov_len += part.size();
      } else {
        if (count == slices.size())
          return count;
        slices[count++] = {const_cast<char*>(part.data()), part.size()};
      }
      end = part.data() + part.size();
      gathered += part.size();
    }
  }
  return count;
}

/// Removes written octets. @returns the octets of stanzas to be retained.
size_t outbox::drop_front_octets(size_t n, const transport& to) {
  size_t to_retain = 0;
  n += front_written_;
  for (size_t size = 0; !empty() && n >= (size = entries_[first_].size()); n -= size) {
    auto& entry = entries_[first_];
    if (entry.value.times_sent > 0)
      tally_.resent(entry.value);
    if (entry.hold) {
      hold(entry);
    } else if (entry.value.settled()) {
      count_own(entry, false);
    } else if (to.confirmable()) {
      // The peer can use a TLS record only as a whole.
      entry.end = static_cast<uint32_t>(to.octets_written() - (to.tls() ? 0 : n - size));
      to_retain += entry.value.size;
      if (std::exchange(entry.admitted, false))
        limits_.release(entry.value.size);
    } else {
      leave(entry);
      tally_.delivered(entry.value);
    }
    entry.own.reset();
    ++first_;
  }
  front_written_ = static_cast<uint32_t>(n);
  return to_retain;
}

void outbox::clear() {
  // Most streams are quiet most of the time, so the places are freed and allocated again.
  std::vector<entry>{}.swap(entries_);
  first_ = 0;
  loose_ = 0;
  own_octets_ = 0;
}

std::vector<rejected_stanza> outbox::settle_in() {
  settled_ = true;
  std::vector<rejected_stanza> result;
  std::vector<entry> kept;
  kept.reserve(size());
  size_t offset = 0;
  for (auto& entry : waiting()) {
    // A stanza has to stay if it is written in part, or may be in a TLS record that waits for the
    // socket.
    bool partly = offset < front_written_ + transport::record_bytes;
    offset += entry.size();
    auto why = failure::none;
    if (!entry.value.settled() && !entry.admitted) {
      why = limits_.admit(entry.value);
      entry.admitted = why == failure::none;
    }
    if (why == failure::none || partly) {
      kept.push_back(std::move(entry));
    } else {
      to_hold_ -= entry.hold ? 1 : 0;
      leave(entry);
      result.push_back({std::move(entry.value), why});
    }
  }
  entries_.swap(kept);
  first_ = 0;
  loose_ = 0;
  publish();
  return result;
}

void outbox::condense(time_point now) {
  if (settled_ || empty() || (!condensing_ && now < condense_due()))
    return;
  condensing_ = true;
  condenser row;
  for (auto& entry : waiting().last(std::min<size_t>(std::exchange(loose_, 0), size())))
    if (!entry.value.settled())
      row.add(entry.value);
}

time_point outbox::condense_due() const {
  auto since = condensing_ || settled_ ? time_point::max() : oldest();
  return since == time_point::max() ? since : since + condense_after;
}

time_point outbox::oldest() const {
  for (auto i = first_; i < entries_.size(); ++i)
    if (!entries_[i].value.settled())
      return entries_[i].value.since;
  return time_point::max();
}

// ---- the end -----------------------------------------------------------------------------------

std::vector<stanza> outbox::take_waiting(const std::function<bool(const stanza&)>& pick) {
  // Octets offered to the transport have to be offered again unchanged.
  const size_t begun = front_written_ + (offered_ ? transport::record_bytes : 0);
  std::vector<stanza> result;
  size_t offset = 0;
  auto kept = entries_.begin() + static_cast<ptrdiff_t>(first_);
  for (auto at = kept; at != entries_.end(); ++at) {
    const bool waits = offset >= begun;
    offset += at->size();
    if (waits && !at->value.settled() && pick(at->value)) {
      to_hold_ -= at->hold ? 1 : 0;
      leave(*at);
      result.push_back(std::move(at->value));
      continue;
    }
    if (kept != at)
      *kept = std::move(*at);
    ++kept;
  }
  entries_.erase(kept, entries_.end());
  loose_ = static_cast<uint32_t>(std::min<size_t>(loose_, size()));
  if (empty())
    clear();
  publish();
  return result;
}

std::vector<rejected_stanza> outbox::give_up() {
  std::vector<rejected_stanza> result;
  if (retained_)
    for (auto& x : retained_->take_answerable())
      result.push_back({std::move(x), failure::unconfirmed});
  std::vector<entry> kept;
  const size_t begun = front_written_ + (offered_ ? transport::record_bytes : 0);
  size_t offset = 0;
  for (auto& entry : waiting()) {
    const bool stays = offset < begun;
    offset += entry.size();
    if (entry.value.settled() || entry.value.generated) {
      kept.push_back(std::move(entry));
      continue;
    }
    if (stays)
      count_own(kept.emplace_back(of_its_own(std::string{entry.head()}.append(entry.tail()))),
                true);
    to_hold_ -= entry.hold ? 1 : 0;
    leave(entry);
    result.push_back(
      {std::move(entry.value), stays ? failure::unconfirmed : failure::shutting_down});
  }
  entries_.swap(kept);
  first_ = 0;
  loose_ = 0;
  publish();
  return result;
}

std::vector<stanza> outbox::take_unwritten() {
  std::vector<stanza> result;
  for (auto& entry : waiting())
    if (!entry.value.settled()) {
      leave(entry);
      result.push_back(std::move(entry.value));
    }
  clear();
  front_written_ = 0;
  to_hold_ = 0;
  offered_ = false;
  publish();
  return result;
}

} // namespace fedhub
