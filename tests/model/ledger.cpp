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

ledger::number ledger::add(entry entry) {
  by_stream_[entry.stream].push_back(entries_.size());
  entries_.push_back(std::move(entry));
  return entries_.size() - 1;
}

void ledger::written(number number) {
  entries_[number].written = true;
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
  for (const auto entry : all)
    if (!std::exchange(entries_[entry].taken_over, true))
      ++taken_over_;
}

std::string ledger::arrived(uint64_t connection, bool managed, std::string_view id,
                            std::string_view from, std::string_view to, std::string_view type,
                            std::string_view text, std::string_view inside) {
  auto described = std::string{id} + " from " + std::string{from} + " to " + std::string{to};
  const auto which = number_of(id);
  if (!which || *which >= entries_.size())
    return "a stanza that nobody sent: " + described;
  auto& entries = entries_[*which];
  described += ", sent in step " + std::to_string(entries.step);
  if (entries.right == standing::forged)
    return "a stanza that its stream had no right to send was passed on or answered: " + described;
  if (entries.received + entries.answered == 0)
    ++ended_;
  // The model's own stanzas of type "error" have no condition.
  if (type == "error" && from == entries.to && to == entries.from
      && text.find("<error ") != text.npos) {
    entries.unconfirmed = text.find("delivery unconfirmed") != text.npos;
    if (!entries.answerable)
      return "a stanza that may not be answered was: " + described;
    if (entries.answered++ == 0)
      ++answered_;
    else if (!(entries.managed || managed))
      return "answered twice: " + described;
    entries.managed = entries.managed || managed;
  } else {
    if (from != entries.from || to != entries.to)
      return "addresses changed, was from " + entries.from + " to " + entries.to + ": " + described;
    if (std::hash<std::string_view>{}(inside) != entries.inside)
      return "content changed: " + described;
    if (entries.received++ == 0)
      ++received_;
    else if (!(entries.managed || managed)
             || (entries.settled != 0 && connection >= entries.settled))
      return "received twice: " + described;
    entries.managed = entries.managed || managed;
    auto [last, first] =
      last_.try_emplace({connection, entries.stream, entries.from, entries.to}, *which);
    if (!first && last->second >= *which)
      return "out of order, after m" + std::to_string(last->second) + ": " + described;
    last->second = *which;
  }
  if (entries.received > 0 && entries.answered > 0 && !entries.unconfirmed && !entries.managed)
    return "both received and answered: " + described;
  return {};
}

} // namespace fedhub::model
