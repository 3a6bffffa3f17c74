// The rest of a child of the stream that is past a limit. It is only framed: no list grows with it.
#include <cstdint>

#include "protocol/xml/xml_item.hpp"

namespace fedhub::xml {

namespace {

/// The attributes of a root that are read all the same: what answers the stanza needs them.
struct read_attribute {
  std::string_view name;
  span32 start_tag::*place;
};
constexpr read_attribute read_attributes[] = {
  {"to", &start_tag::to},     {"from", &start_tag::from},   {"id", &start_tag::id},
  {"type", &start_tag::type}, {"xmlns", &start_tag::xmlns}, {"xml:lang", &start_tag::lang},
};

constexpr fault twice = not_well_formed("an attribute stands twice");

} // namespace

/// @pre `pos_` is at the start tag that passes a limit, and its end is there.
step item_scanner::begin_excess(mark_window& octets) {
  tag_.obstacle = why_.excess;
  why_ = {};
  unlisted_ = 0;
  return scan_excess(octets);
}

step item_scanner::scan_excess(mark_window& octets) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  for (;;) {
    if (in_cdata_) {
      if (const step x = take_cdata(octets); x != step::done)
        return x;
    }
    if (pos_ == size)
      return step::incomplete;
    if (item[pos_] != '<') {
      if (const step x = take_text(octets); x != step::done)
        return x;
    }
    if (pos_ + 1 == size)
      return step::incomplete;
    step x = step::done;
    switch (item[pos_ + 1]) {
    case '/':
      x = take_excess_end_tag(octets);
      break;
    case '!':
      x = open_cdata(item, size);
      break;
    case '?':
      return fail(restricted("a processing instruction"));
    default:
      x = take_excess_tag(octets);
    }
    if (x != step::done || open_.empty())
      return x;
  }
}

step item_scanner::take_excess_tag(mark_window& octets) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  if (search_ && !find_tag_end(item, size))
    return step::incomplete;
  const bool root = open_.empty();
  attribute_visitor each;
  if (root) {
    const auto excess = tag_.obstacle;
    tag_ = {};
    tag_.obstacle = excess;
    namespaces_.drop_to(header_mark_);
    each = [this, item](const attribute& x) { return note_excess_attribute(item, x); };
  }
  fault why;
  if (const step x = parse_start_tag(octets, pos_, 0, syntax_, why, &each); x != step::done) {
    if (!find_tag_end(item, size))
      return step::incomplete;
    return fail(why);
  }
  search_ = 0;
  quote_ = 0;
  if (root)
    if (const fault x = note_excess_root(item))
      return fail(x);
  pos_ = syntax_.end;
  if (syntax_.empty)
    return step::done;
  if (root)
    open_.push_back({syntax_.name.begin, syntax_.name.end - syntax_.name.begin, header_mark_});
  else
    ++unlisted_;
  return step::done;
}

/// Elements that were open when the limit was passed are still known by name.
step item_scanner::take_excess_end_tag(mark_window& octets) {
  if (unlisted_ != 0) {
    const step x = take_any_end_tag(octets, {});
    unlisted_ -= x == step::done ? 1 : 0;
    return x;
  }
  const open_element& last = open_.back();
  const step x = take_end_tag(octets, {octets.item() + last.name_begin, last.name_length});
  if (x == step::done)
    open_.pop_back();
  return x;
}

/// Of the declarations, only that of the element's own prefix is kept.
fault item_scanner::note_excess_attribute(const char* item, const attribute& x) {
  tag_.references |= x.references;
  if (x.name.colon && x.name.prefix(item) == "xmlns") {
    if (!syntax_.name.colon || x.name.local(item) != syntax_.name.prefix(item))
      return {};
    if (namespaces_.top().bindings != header_mark_.bindings)
      return twice;
    return namespaces_.declare(x.name.local(item), x.value(item), SIZE_MAX);
  }
  for (const read_attribute& known : read_attributes)
    if (x.name.whole(item) == known.name) {
      span32& place = tag_.*known.place;
      if (place)
        return twice;
      place = {x.value_begin, x.value_end};
    }
  return x.name.is(item, "xmlns") ? namespaces_.check_default(item, x) : fault{};
}

fault item_scanner::note_excess_root(const char* item) {
  note_root(item);
  return syntax_.name.colon && root_binding_ == namespace_scopes::none
           ? not_well_formed("a namespace prefix is not bound")
           : fault{};
}

} // namespace fedhub::xml
