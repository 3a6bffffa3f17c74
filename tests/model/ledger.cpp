#include "tests/model/ledger.hpp"

#include <charconv>
#include <functional>
#include <utility>

namespace fedhub::model {

std::string_view domain_of(std::string_view jid) {
  jid = jid.substr(0, jid.find('/'));
  const auto at = jid.find('@');
  return at == jid.npos ? jid : jid.substr(at + 1);
}

ledger::number ledger::add(entry x) {
  by_stream_[x.stream].push_back(entries_.size());
  entries_.push_back(std::move(x));
  return entries_.size() - 1;
}

void ledger::written(number x) {
  entries_[x].written = true;
  ++written_;
}

void ledger::stream_ended(uint64_t stream) {
  const auto known = by_stream_.find(stream);
  if (known == by_stream_.end())
    return;
  for (const auto x : known->second)
    entries_[x].owed = false;
  by_stream_.erase(known);
}

std::optional<ledger::number> ledger::number_of(std::string_view id) {
  number which = 0;
  const auto* end = id.data() + id.size();
  if (id.empty() || id[0] != 'm' || std::from_chars(id.data() + 1, end, which).ptr != end)
    return std::nullopt;
  return which;
}

void ledger::taken_over(const std::vector<number>& all) {
  for (const auto x : all)
    if (!std::exchange(entries_[x].taken_over, true))
      ++taken_over_;
}

std::string ledger::arrived(uint64_t connection, bool managed, std::string_view id,
                            std::string_view from, std::string_view to, std::string_view type,
                            std::string_view text, std::string_view inside) {
  auto told = std::string{id} + " from " + std::string{from} + " to " + std::string{to};
  const auto which = number_of(id);
  if (!which || *which >= entries_.size())
    return "a stanza that nobody sent: " + told;
  auto& x = entries_[*which];
  told += ", said in step " + std::to_string(x.step);
  if (x.right == standing::forged)
    return "a stanza that its stream had no right to send was passed on or answered: " + told;
  if (x.received + x.answered == 0)
    ++ended_;
  // The model's own stanzas of type "error" have no condition.
  if (type == "error" && from == x.to && to == x.from && text.find("<error ") != text.npos) {
    x.unconfirmed = text.find("delivery unconfirmed") != text.npos;
    if (!x.answerable)
      return "a stanza that may not be answered was: " + told;
    if (x.answered++ == 0)
      ++answered_;
    else if (!(x.managed || managed))
      return "answered twice: " + told;
    x.managed = x.managed || managed;
  } else {
    if (from != x.from || to != x.to)
      return "addresses changed, was from " + x.from + " to " + x.to + ": " + told;
    if (std::hash<std::string_view>{}(inside) != x.inside)
      return "content changed: " + told;
    if (x.received++ == 0)
      ++received_;
    else if (!(x.managed || managed) || (x.settled != 0 && connection >= x.settled))
      return "received twice: " + told;
    x.managed = x.managed || managed;
    auto [last, first] = last_.try_emplace({connection, x.stream, x.from, x.to}, *which);
    if (!first && last->second >= *which)
      return "out of order, after m" + std::to_string(last->second) + ": " + told;
    last->second = *which;
  }
  if (x.received > 0 && x.answered > 0 && !x.unconfirmed && !x.managed)
    return "both received and answered: " + told;
  return {};
}

} // namespace fedhub::model
