#include "actors/outbox.hpp"

#include <array>

#include "protocol/jid.hpp"
#include "protocol/rewrite.hpp"

namespace fedhub {

namespace {

/// Slices gathered for one system call.
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

failure outbox::push(stanza& x) {
  if (settled_)
    if (auto why = limits_.admit(x); why != failure::none)
      return why;
  limits_.account().queued(x);
  auto head = replaced_tag(x, content_namespace_);
  entries_.push_back({std::move(x), std::move(head), settled_});
  return failure::none;
}

stanza outbox::leave(entry& x) {
  limits_.account().unqueued(x.value);
  if (x.admitted)
    limits_.release(x.value.size);
  return std::move(x.value);
}

io_status outbox::flush(transport& to, size_t budget, size_t& written) {
  size_t used = 0;
  while (!entries_.empty() && used < budget) {
    std::array<iovec, gather_slices> slices;
    size_t count = 0;
    size_t skip = front_written_;
    for (auto x = entries_.begin(); x != entries_.end() && count + 2 <= slices.size(); ++x) {
      for (std::string_view part : {std::string_view{x->head}, x->tail()}) {
        auto skipped = std::min(skip, part.size());
        skip -= skipped;
        part.remove_prefix(skipped);
        if (!part.empty())
          slices[count++] = {const_cast<char*>(part.data()), part.size()};
      }
    }
    auto result = to.write(slices.data(), count);
    if (result.status != io_status::ok)
      return result.status;
    used += result.bytes;
    written += result.bytes;
    drop_front_octets(result.bytes);
  }
  if (entries_.empty())
    settled_ = false;
  return io_status::ok;
}

void outbox::drop_front_octets(size_t n) {
  n += front_written_;
  while (!entries_.empty() && n >= entries_.front().size()) {
    auto& x = entries_.front();
    n -= x.size();
    if (!x.value.settled()) {
      auto done = leave(x);
      limits_.account().delivered(done);
    }
    entries_.pop_front();
  }
  front_written_ = n;
}

std::vector<rejected_stanza> outbox::settle_in() {
  settled_ = true;
  std::vector<rejected_stanza> result;
  std::deque<entry> kept;
  size_t offset = 0;
  for (auto& x : entries_) {
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
  return result;
}

time_point outbox::oldest() const {
  for (auto& x : entries_)
    if (!x.value.settled())
      return x.value.since;
  return time_point::max();
}

std::vector<stanza> outbox::take_unwritten() {
  std::vector<stanza> result;
  for (auto& x : entries_)
    if (!x.value.settled())
      result.push_back(leave(x));
  entries_.clear();
  front_written_ = 0;
  return result;
}

} // namespace fedhub
