#include "bench/load/stanza_forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <random>
#include <string_view>

namespace fedhub::load {

namespace {

constexpr char lane_mark = '#'; ///< stands for a digit of the lane in a form.

enum class kind : uint8_t { message, presence, iq };

constexpr std::array<std::string_view, 40> words{
  "the",   "train", "leaves", "at",     "seven", "and",   "we",    "should",  "be",     "there",
  "early", "I",     "think",  "so",     "too",   "see",   "you",   "in",      "Köln",   "or",
  "later", "café",  "maybe",  "bring",  "your",  "notes", "about", "R&amp;D", "please", "thanks",
  "a",     "lot",   "for",    "asking", "it",    "&lt;3", "good",  "to",      "hear",   "→"};

/// Returns text of exactly `length` octets, cut between words and filled up with dots.
std::string varied_text(size_t length, std::mt19937& random) {
  std::string text;
  while (true) {
    const auto word = words[random() % words.size()];
    if (text.size() + word.size() + 1 > length)
      break;
    text += word;
    text += ' ';
  }
  text.append(length - text.size(), '.');
  return text;
}

struct address_pair {
  std::string from, to;
};

address_pair addresses(heading way, bool full, unsigned digits, const std::string& node_domain) {
  const std::string remote = std::string(full ? "romeo@" : "") + 'r'
                             + std::string(digits, lane_mark) + ".load.example"
                             + (full ? "/orchard" : "");
  const std::string node = full ? "juliet@" + node_domain + "/balcony" : node_domain;
  if (way == heading::to_node || way == heading::question)
    return {remote, node};
  return {node, remote};
}

/// A stanza without its text, which is inserted between `head` and `tail`.
struct frame {
  std::string head, tail;
  size_t size() const { return head.size() + tail.size(); }
};

std::string start_tag(std::string_view name, const address_pair& way, std::string_view type) {
  std::string tag = "<" + std::string{name} + " from='" + way.from + "' to='" + way.to + "'";
  if (!type.empty())
    tag += " type='" + std::string{type} + "'";
  return tag + " id='" + stamp_mark + std::string(stamp_size - 1, '0') + "'>";
}

frame message_frame(const address_pair& way, unsigned richness) {
  static constexpr std::array<std::string_view, 4> extensions{
    "", "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    "<request xmlns='urn:xmpp:receipts'/>",
    "<active xmlns='http://jabber.org/protocol/chatstates'/>"
    "<request xmlns='urn:xmpp:receipts'/>"};
  return {start_tag("message", way, "chat") + "<body>",
          "</body>" + std::string{extensions.at(richness)} + "</message>"};
}

frame presence_frame(const address_pair& way, unsigned richness) {
  return {start_tag("presence", way, "") + "<status>",
          richness == 0 ? "</status></presence>"
                        : "</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
                          "node='https://load.example' ver='QgayPKawpkPSDYmwT'/></presence>"};
}

frame iq_frame(const address_pair& way, std::string_view type) {
  return {start_tag("iq", way, type) + "<query xmlns='urn:load:q'>", "</query></iq>"};
}

/// Returns the richest frame that leaves room for some text within `size`; nothing if none does.
std::optional<frame> choose_frame(heading way, kind what, unsigned variant, unsigned digits,
                                  const std::string& node_domain, size_t size) {
  for (const bool full : {true, false}) {
    const auto pair = addresses(way, full, digits, node_domain);
    for (unsigned richness = variant % 4 + 1; richness-- > 0;) {
      const frame candidate = way == heading::question ? iq_frame(pair, "get")
                              : what == kind::message  ? message_frame(pair, richness)
                              : what == kind::presence ? presence_frame(pair, richness)
                                                       : iq_frame(pair, "result");
      if (candidate.size() < size)
        return candidate;
    }
  }
  return std::nullopt;
}

/// Returns a stanza of exactly `size` octets; empty if the domains alone are longer.
std::string make_text(heading way, kind what, unsigned variant, unsigned digits,
                      const std::string& node_domain, size_t size, std::mt19937& random) {
  if (way == heading::answer) {
    std::string tag = start_tag("iq", addresses(way, true, digits, node_domain), "result");
    tag.replace(tag.size() - 1, 1, "/>");
    return tag;
  }
  if (const auto chosen = choose_frame(way, what, variant, digits, node_domain, size))
    return chosen->head + varied_text(size - chosen->size(), random) + chosen->tail;
  // No room for text: an empty stanza with a longer id.
  const bool asks = way == heading::question;
  const std::string_view name = asks || what == kind::iq ? "iq"
                                : what == kind::presence ? "presence"
                                                         : "message";
  const std::string_view type = asks ? "get" : what == kind::iq ? "result" : "";
  std::string text = start_tag(name, addresses(way, false, digits, node_domain), type);
  const size_t id_end = text.size() - 2;
  text.replace(text.size() - 1, 1, asks ? "><q xmlns='q'/></iq>" : "/>");
  if (text.size() > size)
    return {};
  return text.insert(id_end, size - text.size(), '-');
}

/// Returns a size if none is configured. Three of four stanzas are short, and the mean is
/// `mean_size`.
size_t natural_size(unsigned variant, unsigned variants) {
  const unsigned step = variant / 4 * 4;
  return variant % 4 == 3 ? 300 + 200 * step / (variants - 4) : 160 + 80 * step / (variants - 4);
}

} // namespace

tl::expected<stanza_forms, std::string> stanza_forms::make(heading way,
                                                           const std::string& node_domain,
                                                           stanza_mix mix,
                                                           std::optional<size_t> size) {
  constexpr unsigned variants = 48; // a multiple of three kinds and four shapes
  std::mt19937 random{1};           // the same stanzas in each run
  stanza_forms result;
  result.variants_ = way == heading::answer ? 1 : variants;
  for (unsigned digits = 1; digits <= most_digits; ++digits)
    for (unsigned variant = 0; variant < result.variants_; ++variant) {
      const kind what =
        mix == stanza_mix::kinds ? kind{static_cast<uint8_t>(variant % 3)} : kind::message;
      form form;
      form.text = make_text(way, what, variant, digits, node_domain,
                            size.value_or(natural_size(variant, variants)), random);
      if (form.text.empty())
        return tl::unexpected("no room for the addresses in " + std::to_string(*size) + " octets");
      form.lane_at = static_cast<uint32_t>(form.text.find(lane_mark));
      form.stamp_at = static_cast<uint32_t>(form.text.find(stamp_mark));
      result.longest_ = std::max(result.longest_, form.text.size());
      result.forms_.push_back(std::move(form));
    }
  return result;
}

char* stanza_forms::write(char* out, const stamp& stamp) const {
  const form& from = forms_[class_of(stamp)];
  // NOLINTNEXTLINE(bugprone-not-null-terminated-result): the length is known
  std::memcpy(out, from.text.data(), from.text.size());
  std::to_chars(out + from.lane_at, out + from.lane_at + most_digits, stamp.lane);
  write_stamp(out + from.stamp_at, stamp);
  return out + from.text.size();
}

} // namespace fedhub::load
