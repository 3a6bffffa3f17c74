// The federation table: its answers about streams and domains.
#include <algorithm>
#include <charconv>
#include <utility>

#include "actors/admin/domain_order.hpp"
#include "actors/admin/federation_table.hpp"

namespace fedhub {

using admin::domain_state;

std::string federation_table::peer_of(uint64_t id, const stream_entry& stream) const {
  const auto link = of_domain(stream.leg) ? node_links_.end() : node_links_.find(id);
  return link != node_links_.end() && !link->second.node.empty() ? link->second.node
                                                                 : stream.peer.str();
}

admin::stream_row federation_table::row_of(uint64_t id, const stream_entry& stream,
                                           const clocks& at) const {
  admin::stream_row row;
  row.id = id;
  row.leg = to_string(stream.leg);
  row.state = to_string(stream.state);
  row.peer = peer_of(id, stream);
  if (const auto link = node_links_.find(id); link != node_links_.end())
    row.address = link->second.address;
  row.opened = at.wall_of(stream.opened);
  return row;
}

admin::page<admin::stream_row> federation_table::streams(const streams_question& question,
                                                         const clocks& at) const {
  uint64_t after = 0;
  const auto& text = question.page.after;
  std::from_chars(text.data(), text.data() + text.size(), after);
  std::vector<uint64_t> found;
  admin::page<admin::stream_row> page;
  for (const auto& [id, stream] : streams_) {
    if ((question.leg && stream.leg != *question.leg)
        || (question.state && stream.state != *question.state))
      continue;
    if (!question.match.matches(peer_of(id, stream)))
      continue;
    ++page.total;
    if (id > after)
      found.push_back(id);
  }
  const auto count = std::min(question.page.limit, found.size());
  std::ranges::partial_sort(found, found.begin() + static_cast<ptrdiff_t>(count));
  for (size_t i = 0; i < count; ++i)
    page.items.push_back(row_of(found[i], streams_.at(found[i]), at));
  if (count < found.size())
    page.next = std::to_string(found[count - 1]);
  return page;
}

std::optional<admin::stream_row> federation_table::stream(uint64_t id, const clocks& at) const {
  const auto known = streams_.find(id);
  if (known == streams_.end())
    return {};
  return row_of(id, known->second, at);
}

admin::domain_row federation_table::row_of(const domain_map_entry& entry, const clocks& at) {
  const auto& [name, domain] = entry;
  const auto time_of = [&](time_point time) -> std::optional<admin::clock_time> {
    if (time == time_point{})
      return {};
    return at.wall_of(time);
  };
  admin::domain_row row;
  row.name = name.str();
  row.state = domain.state;
  row.since = time_of(domain.since);
  row.streams_in = domain.streams_in;
  row.streams_out = domain.streams_out;
  row.last_success = time_of(domain.last_success);
  row.failing_since = time_of(domain.failing_since);
  if (domain.traffic)
    row.traffic = *domain.traffic;
  if (domain.news)
    describe(row, *domain.news, at);
  if (domain.detail)
    row.detail = *domain.detail;
  if (domain.refused != failure::none) {
    row.why = domain.refused;
    row.detail.clear();
  }
  return row;
}

void federation_table::describe(admin::domain_row& row, const domain_news& news, const clocks& at) {
  if (row.state != domain_state::refused) {
    row.why = news.why;
    row.detail = news.detail;
  }
  row.attempt_count = news.failures;
  row.next_attempt.reset();
  if (news.next_attempt && *news.next_attempt > at.now)
    row.next_attempt = at.wall_of(*news.next_attempt);
  row.queued_stanzas = news.queued_stanzas;
  row.queued_bytes = news.queued_bytes;
  row.senders_affected = news.senders_affected;
}

admin::page<admin::domain_row> federation_table::domains(const domains_question& question,
                                                         const clocks& at) const {
  const auto order = domain_order::parse(question.sort);
  admin::page<admin::domain_row> page;
  if (!order)
    return page;
  std::vector<admin::domain_row> found;
  const auto after = domain_order::parse_place(question.page.after);
  for (const auto& entry : domains_) {
    if ((question.state && entry.second.state != *question.state)
        || !question.match.matches(entry.first.str()))
      continue;
    ++page.total;
    auto row = row_of(entry, at);
    if (!after || order->place_of(row) > *after)
      found.push_back(std::move(row));
  }
  const auto count = std::min(question.page.limit, found.size());
  std::ranges::partial_sort(
    found, found.begin() + static_cast<ptrdiff_t>(count),
    [&](const auto& a, const auto& b) { return order->place_of(a) < order->place_of(b); });
  if (count < found.size())
    page.next = domain_order::text_of(order->place_of(found[count - 1]));
  found.resize(count);
  page.items = std::move(found);
  return page;
}

std::optional<admin::domain_row> federation_table::domain(const domain_name& name,
                                                          const clocks& at) const {
  const auto known = domains_.find(name);
  if (known == domains_.end())
    return {};
  return row_of(*known, at);
}

std::vector<admin::domain_row>
federation_table::failing_since(time_point since, size_t most,
                                const std::function<bool(const domain_name&, time_point)>& picks,
                                const clocks& at) const {
  std::vector<admin::domain_row> rows;
  for (const auto& entry : domains_) {
    const auto& [name, domain] = entry;
    if (rows.size() < most && domain.state == domain_state::failing
        && domain.failing_since != time_point{} && domain.failing_since <= since
        && picks(name, domain.last_success))
      rows.push_back(row_of(entry, at));
  }
  return rows;
}

std::vector<uint64_t> federation_table::streams_of(const domain_name& peer) const {
  std::vector<uint64_t> found;
  for (const auto& [id, stream] : streams_)
    if (stream.peer == peer
        || (stream.further && std::ranges::find(*stream.further, peer) != stream.further->end()))
      found.push_back(id);
  std::ranges::sort(found);
  return found;
}

std::vector<std::vector<uint64_t>>
federation_table::streams_of_each(const std::vector<admin::domain_row>& domains) const {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < domains.size(); ++i)
    places.emplace(domains[i].name, i);
  std::vector<std::vector<uint64_t>> found(domains.size());
  const auto note = [&](const domain_name& peer, uint64_t id) {
    if (const auto place = places.find(peer.str()); place != places.end())
      found[place->second].push_back(id);
  };
  for (const auto& [id, stream] : streams_) {
    note(stream.peer, id);
    if (stream.further)
      for (const auto& peer : *stream.further)
        note(peer, id);
  }
  for (auto& ids : found) {
    std::ranges::sort(ids);
    ids.resize(std::min(ids.size(), admin::domain_details::most_streams));
  }
  return found;
}

bool federation_table::counts_for(uint64_t stream, const domain_name& domain) const {
  const auto known = streams_.find(stream);
  return known != streams_.end() && known->second.counted && known->second.peer == domain;
}

std::array<uint64_t, admin::domain_state_count> federation_table::domain_counts() const {
  std::array<uint64_t, admin::domain_state_count> counts{};
  for (const auto& [name, domain] : domains_)
    ++counts[static_cast<size_t>(domain.state)];
  return counts;
}

std::map<std::pair<std::string_view, std::string_view>, uint64_t>
federation_table::stream_counts() const {
  std::map<std::pair<std::string_view, std::string_view>, uint64_t> counts;
  for (const auto& [id, stream] : streams_)
    ++counts[{to_string(stream.leg), to_string(stream.state)}];
  return counts;
}

} // namespace fedhub
