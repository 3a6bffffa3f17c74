// Frames the rest of a child of the stream that exceeds a limit. Memory does not grow with it.
#include <cstdint>

#include "protocol/xml/xml_item.hpp"

namespace fedhub::xml {

namespace {

/// The attributes of a root that are still read, since the answer to the stanza needs them.
struct read_attribute {
  std::string_view name;
  span32 start_tag::*place;
};
constexpr read_attribute read_attributes[] = {
  {"to", &start_tag::to},     {"from", &start_tag::from},   {"id", &start_tag::id},
  {"type", &start_tag::type}, {"xmlns", &start_tag::xmlns}, {"xml:lang", &start_tag::lang},
};

constexpr fault duplicate = not_well_formed("a duplicate attribute");

} // namespace

/// @pre `pos_` is at the start tag that exceeds a limit, and the tag's end has arrived.
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
      if (const step result = take_cdata(octets); result != step::done)
        return result;
    }
    if (pos_ == size)
      return step::incomplete;
    if (item[pos_] != '<') {
      if (const step result = take_text(octets); result != step::done)
        return result;
    }
    if (pos_ + 1 == size)
      return step::incomplete;
    step result = step::done;
    switch (item[pos_ + 1]) {
    case '/':
      result = take_excess_end_tag(octets);
      break;
    case '!':
      result = open_cdata(item, size);
      break;
    case '?':
      return fail(restricted("a processing instruction"));
    default:
      result = take_excess_tag(octets);
    }
    if (result != step::done || open_.empty())
      return result;
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
    each = [this, item](const attribute& seen) { return note_excess_attribute(item, seen); };
  }
  fault why;
  if (const step result = parse_start_tag(octets, pos_, 0, syntax_, why, &each);
      result != step::done) {
    if (!find_tag_end(item, size))
      return step::incomplete;
    return fail(why);
  }
  search_ = 0;
  quote_ = 0;
  if (root)
    if (const fault broken = note_excess_root(item))
      return fail(broken);
  pos_ = syntax_.end;
  if (syntax_.empty)
    return step::done;
  if (root)
    open_.push_back({syntax_.name.begin, syntax_.name.end - syntax_.name.begin, header_mark_});
  else
    ++unlisted_;
  return step::done;
}

/// Elements that were open when the limit was exceeded are still known by name.
step item_scanner::take_excess_end_tag(mark_window& octets) {
  if (unlisted_ != 0) {
    const step result = take_any_end_tag(octets, {});
    unlisted_ -= result == step::done ? 1 : 0;
    return result;
  }
  const open_element& last = open_.back();
  const step result = take_end_tag(octets, {octets.item() + last.name_begin, last.name_length});
  if (result == step::done)
    open_.pop_back();
  return result;
}

/// Stores only the declaration of the element's own prefix.
fault item_scanner::note_excess_attribute(const char* item, const attribute& seen) {
  tag_.references |= seen.references;
  if (seen.name.colon && seen.name.prefix(item) == "xmlns") {
    if (!syntax_.name.colon || seen.name.local(item) != syntax_.name.prefix(item))
      return {};
    if (namespaces_.top().bindings != header_mark_.bindings)
      return duplicate;
    return namespaces_.declare(seen.name.local(item), seen.value(item), SIZE_MAX);
  }
  for (const read_attribute& known : read_attributes)
    if (seen.name.whole(item) == known.name) {
      span32& place = tag_.*known.place;
      if (place)
        return duplicate;
      place = {seen.value_begin, seen.value_end};
    }
  return seen.name.is(item, "xmlns") ? namespaces_.check_default(item, seen) : fault{};
}

fault item_scanner::note_excess_root(const char* item) {
  note_root(item);
  return syntax_.name.colon && root_binding_ == namespace_scopes::none
           ? not_well_formed("a namespace prefix is not bound")
           : fault{};
}

} // namespace fedhub::xml
