#include "actors/admin/federation_table.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "actors/admin/domain_order.hpp"

namespace fedhub {

using admin::domain_state;

// ---- events ------------------------------------------------------------------------------------

void federation_table::on_stream(const stream_news& news, time_point now) {
  if (!news.error.empty())
    note_node_error(news.claim, news.error, now);
  if (news.ended)
    return end_stream(news, now);
  auto [known, fresh] = streams_.try_emplace(news.id);
  auto& stream = known->second;
  if (fresh)
    stream.opened = now;
  stream.leg = news.leg;
  stream.state = news.state;
  if (!of_domain(news.leg))
    node_links_.insert_or_assign(news.id, node_link{news.node, news.address});
  if (!news.peer.empty())
    add_peer(stream, news.peer, now);
}

void federation_table::add_peer(stream_entry& stream, const domain_name& peer, time_point now) {
  if (stream.state == stream_state::negotiating) {
    if (!stream.counted)
      stream.peer = peer;
    return;
  }
  if ((stream.counted && stream.peer == peer)
      || (stream.further && std::ranges::find(*stream.further, peer) != stream.further->end()))
    return;
  if (!stream.counted) {
    stream.peer = peer;
    stream.counted = true;
  } else {
    if (!stream.further)
      stream.further = std::make_unique<further_peers>();
    stream.further->push_back(peer);
  }
  if (!of_domain(stream.leg))
    return;
  auto& domain = entry_of(peer, now).second;
  ++(stream.leg == stream_leg::s2s_in ? domain.streams_in : domain.streams_out);
  domain.last_success = now;
  if (stream.leg == stream_leg::s2s_out)
    domain.failing_since = {};
  judge(domain, now);
}

void federation_table::end_stream(const stream_news& news, time_point now) {
  const auto known = streams_.find(news.id);
  if (known == streams_.end())
    return;
  const auto stream = std::move(known->second);
  streams_.erase(known);
  node_links_.erase(news.id);
  if (stream.counted) {
    if (const auto domain = domains_.find(stream.peer); domain != domains_.end())
      add_traffic(domain->second, news.traffic);
    leave(stream.peer, stream.leg, now);
  }
  if (stream.further)
    for (const auto& peer : *stream.further)
      leave(peer, stream.leg, now);
}

void federation_table::add_traffic(domain_entry& domain, const admin::traffic_row& more) {
  if (!domain.traffic)
    domain.traffic = std::make_unique<admin::traffic_row>();
  *domain.traffic += more;
}

void federation_table::leave(const domain_name& peer, stream_leg leg, time_point now) {
  if (peer.empty() || !of_domain(leg))
    return;
  const auto known = domains_.find(peer);
  if (known == domains_.end())
    return;
  auto& count = leg == stream_leg::s2s_in ? known->second.streams_in : known->second.streams_out;
  if (count > 0)
    --count;
  judge(known->second, now);
  judge_end(*known, now);
}

void federation_table::on_domain(const domain_news_ptr& news, time_point now) {
  if (news->to_node)
    return note_node_error(
      news->domain.str(),
      "the hub can't reach it: "
        + (news->detail.empty() ? std::string{fedhub::describe(news->why)} : news->detail),
      now);
  auto& row = entry_of(news->domain, now);
  auto& domain = row.second;
  if (news->why == failure::none)
    domain.failing_since = {};
  else if (domain.failing_since == time_point{})
    domain.failing_since = now;
  take_news(domain, news);
  judge(domain, now);
  judge_end(row, now);
}

void federation_table::on_rules(const routing_table_ptr& table, time_point now) {
  if (rules_ == table)
    return;
  rules_ = table;
  for (auto& [name, domain] : domains_) {
    domain.refused = table ? table->admits(name) : failure::none;
    judge(domain, now);
  }
}

federation_table::domain_map_entry& federation_table::entry_of(const domain_name& name,
                                                               time_point now) {
  const auto [known, fresh] = domains_.try_emplace(name);
  auto& domain = known->second;
  if (const auto ended = std::exchange(domain.ended, 0); ended != 0)
    ended_.erase(ended);
  if (fresh) {
    domain.since = now;
    domain.refused = rules_ ? rules_->admits(name) : failure::none;
  }
  return *known;
}

void federation_table::judge(domain_entry& domain, time_point now) {
  const auto state = state_of(domain);
  if (state != domain.state)
    domain.since = now;
  domain.state = state;
}

/// Notes that a domain without streams and actor has ended.
void federation_table::judge_end(domain_map_entry& row, time_point now) {
  auto& domain = row.second;
  const bool has_actor = domain.news && domain.news->now != domain_news::phase::gone;
  if (has_actor || domain.streams_in + domain.streams_out > 0 || domain.ended != 0)
    return;
  if (domain.news && domain.news->strangers_only && domain.last_success == time_point{}) {
    domains_.erase(domains_.find(row.first)); // else they would push out what an operator seeks
    return;
  }
  domain.ended = next_place_++;
  ended_.emplace(domain.ended, ended_domain{&row, now});
  forget_ended(now);
}

/// Stores the news. Of a domain whose actor has ended only the detail is its own, since thousands
/// of such rows may stay.
void federation_table::take_news(domain_entry& domain, const domain_news_ptr& news) {
  domain.detail.reset();
  if (news->now != domain_news::phase::gone || news->detail.empty()) {
    domain.news = shared(news);
    return;
  }
  domain.detail = std::make_unique<const std::string>(news->detail);
  auto rest = std::make_shared<domain_news>(*news);
  rest->detail.clear();
  domain.news = shared(rest);
}

domain_news_ptr federation_table::shared(const domain_news_ptr& news) {
  auto& last = last_news_.at(static_cast<size_t>(news->now));
  if (!last || !news->says_as(*last))
    last = news;
  return last;
}

void federation_table::forget_ended(time_point now) {
  while (!ended_.empty()
         && (ended_.size() > most_ended || now - ended_.begin()->second.at > ended_time)) {
    const auto oldest = ended_.begin();
    domains_.erase(domains_.find(oldest->second.row->first));
    ended_.erase(oldest);
  }
}

domain_state federation_table::state_of(const domain_entry& domain) {
  if (domain.refused != failure::none)
    return domain_state::refused;
  if (domain.streams_in + domain.streams_out > 0)
    return domain_state::connected;
  if (!domain.news)
    return domain_state::idle;
  if (domain.news->why != failure::none)
    return domain_state::failing;
  if (domain.news->now == domain_news::phase::connecting)
    return domain_state::connecting;
  return domain.news->queued_stanzas > 0 || domain.news->now == domain_news::phase::waiting
           ? domain_state::waiting
           : domain_state::idle;
}

} // namespace fedhub
