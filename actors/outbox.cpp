#include "actors/outbox.hpp"

#include <algorithm>
#include <array>

#include "protocol/jid.hpp"
#include "protocol/rewrite.hpp"

namespace fedhub {

namespace {

/// Slices gathered for one system call. Stanzas that lie side by side in their buffer are one.
constexpr size_t gather_slices = 128;

/// The address with its domain in normal form, as attribute text; empty if it stands so already.
std::string normalised_address(std::string_view stanza, span32 where, const seen_domain* domain) {
  if (!where || domain == nullptr || domain->normal)
    return {};
  auto text = unescape(where.of(stanza));
  auto parts = split_jid(text);
  if (!parts)
    return {};
  std::string result;
  if (!parts->local.empty())
    result.append(parts->local).append("@");
  result += domain->name.str();
  if (!parts->resource.empty())
    result.append("/").append(parts->resource);
  return escape(result);
}

/// The start tag to write instead of the stanza's own; empty if its octets can go as they are.
std::string replaced_tag(const stanza& x, std::string_view content_namespace) {
  if (x.generated)
    return {};
  bool addresses_normal =
    (x.from == nullptr || x.from->normal) && (x.to == nullptr || x.to->normal);
  if (addresses_normal
      && passes_unchanged(x.text(), x.tag, x.source().context(), content_namespace))
    return {};
  return rewrite_start_tag(x.text(), x.tag, x.source().context(), content_namespace,
                           {normalised_address(x.text(), x.tag.to, x.to),
                            normalised_address(x.text(), x.tag.from, x.from)});
}

} // namespace

outbox::~outbox() {
  for (auto& x : take_unwritten())
    limits_.account().dropped(x, failure::shutting_down);
}

void outbox::push(std::string xml) {
  if (!xml.empty())
    entries_.push_back({{}, std::move(xml), false});
}

void outbox::expect(size_t stanzas) {
  if (first_ > entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
  if (auto needed = entries_.size() + stanzas; needed > entries_.capacity())
    entries_.reserve(std::max(needed, 2 * entries_.capacity()));
}

failure outbox::push(stanza& x) {
  if (settled_)
    if (auto why = limits_.admit(x); why != failure::none)
      return why;
  tally_.queued(x);
  auto head = replaced_tag(x, content_namespace_);
  entries_.push_back({std::move(x), std::move(head), settled_});
  return failure::none;
}

stanza outbox::leave(entry& x) {
  tally_.unqueued(x.value);
  if (x.admitted)
    limits_.release(x.value.size);
  return std::move(x.value);
}

io_status outbox::flush(transport& to, size_t budget, size_t& written) {
  size_t used = 0;
  while (!empty() && used < budget) {
    std::array<iovec, gather_slices> slices;
    auto result = to.write(slices.data(), gather(slices, budget - used));
    if (result.status != io_status::ok)
      return result.status;
    used += result.bytes;
    written += result.bytes;
    drop_front_octets(result.bytes);
  }
  if (empty())
    settled_ = false;
  return io_status::ok;
}

/// @returns how many slices stand for what waits, or for the first part of it, of about `octets`.
size_t outbox::gather(std::span<iovec> slices, size_t octets) const {
  size_t count = 0;
  size_t gathered = 0;
  const char* end = nullptr; // of the last slice
  size_t skip = front_written_;
  for (auto x = entries_.begin() + static_cast<ptrdiff_t>(first_);
       x != entries_.end() && gathered < octets; ++x) {
    for (std::string_view part : {std::string_view{x->head}, x->tail()}) {
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

void outbox::drop_front_octets(size_t n) {
  n += front_written_;
  while (!empty() && n >= entries_[first_].size()) {
    auto& x = entries_[first_];
    n -= x.size();
    if (!x.value.settled()) {
      auto done = leave(x);
      tally_.delivered(done);
    }
    x.head = {};
    ++first_;
  }
  front_written_ = n;
  if (empty())
    clear();
}

void outbox::clear() {
  // Most streams are quiet most of the time: the room is made anew for what comes.
  std::vector<entry>{}.swap(entries_);
  first_ = 0;
}

std::vector<rejected_stanza> outbox::settle_in() {
  settled_ = true;
  std::vector<rejected_stanza> result;
  std::vector<entry> kept;
  size_t offset = 0;
  for (auto& x : waiting()) {
    // What is written in part, or may be in a TLS record that waits for its socket, has to stay.
    bool partly = offset < front_written_ + transport::record_bytes;
    offset += x.size();
    auto why = failure::none;
    if (!x.value.settled() && !x.admitted) {
      why = limits_.admit(x.value);
      x.admitted = why == failure::none;
    }
    if (why == failure::none || partly)
      kept.push_back(std::move(x));
    else
      result.push_back({leave(x), why});
  }
  entries_.swap(kept);
  first_ = 0;
  publish();
  return result;
}

time_point outbox::oldest() const {
  for (auto i = first_; i < entries_.size(); ++i)
    if (!entries_[i].value.settled())
      return entries_[i].value.since;
  return time_point::max();
}

std::vector<stanza> outbox::take_unwritten() {
  std::vector<stanza> result;
  for (auto& x : waiting())
    if (!x.value.settled())
      result.push_back(leave(x));
  clear();
  front_written_ = 0;
  publish();
  return result;
}

} // namespace fedhub
