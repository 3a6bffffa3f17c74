#include "protocol/xml/xml_item.hpp"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "protocol/text/xml_chars.hpp"
#include "protocol/text/xml_reference.hpp"

namespace fedhub::xml {

namespace {

constexpr size_t max_span = UINT32_MAX; ///< octets that a span32 can count.

/// Capacity that suffices for most stanzas.
constexpr size_t usual_depth = 4;
constexpr size_t usual_attributes = 8;

span32 span_of(uint32_t begin, uint32_t end) { return {begin, end}; }

/// Returns whether a text contains U+FFFE or U+FFFF: valid UTF-8, but no Char (XML 1.0 §2.2). @pre
/// the text is valid UTF-8.
bool has_noncharacter(std::string_view text) {
  for (size_t i = 0; (i = text.find('\xEF', i)) != text.npos; ++i)
    if (text[i + 1] == '\xBF' && (text[i + 2] == '\xBE' || text[i + 2] == '\xBF'))
      return true;
  return false;
}

} // namespace

void item_scanner::begin(const xml_limits& limits, kind item_kind) {
  limits_ = limits;
  limits_.element_bytes = std::min(limits.element_bytes, max_span);
  kind_ = item_kind;
  in_cdata_ = false;
  quote_ = 0;
  high_ = false;
  pos_ = search_ = 0;
  elements_ = 0;
  open_.clear();
  // Allocates only on first use and after `free_memory`.
  open_.reserve(usual_depth);
  syntax_.attributes.reserve(usual_attributes);
  tag_ = {};
  root_binding_ = namespace_scopes::none;
}

void item_scanner::begin_child(const xml_limits& limits) {
  begin(limits, kind::element);
  namespaces_.drop_to(header_mark_);
}

void item_scanner::free_memory() {
  syntax_ = {};
  open_ = std::vector<open_element>{}; // `= {}` would keep its memory
  namespaces_.free_memory();
}

step item_scanner::scan(std::string_view pending) {
  // Octets past the limit are not examined: the verdict must not depend on how many octets arrive
  // at once.
  const size_t size = std::min(pending.size(), limits_.element_bytes);
  const char* const item = pending.data();
  mark_window octets{classify_};
  octets.begin(item, size);
  step result = kind_ == kind::header        ? scan_header(octets)
                : past_limits(tag_.obstacle) ? scan_excess(octets)
                                             : scan_child(octets);
  if (result == step::failed && past_limits(why_.excess) && kind_ == kind::element
      && limits_.frames_excess)
    result = begin_excess(octets);
  high_ = high_ || octets.high_before(result == step::incomplete ? size : pos_);
  if (result == step::incomplete && pending.size() > limits_.element_bytes)
    return fail(over_size("an element or stream header with too many octets"));
  if (result == step::incomplete)
    return result;
  if (result == step::failed && why_.error == stream_error::policy_violation)
    return result;
  // Invalid octets before the fault are the first fault, and probably the cause of the other.
  if (const fault wrong_octets = check_octets(item, pos_))
    return fail(wrong_octets);
  return result;
}

fault item_scanner::check_octets(const char* item, size_t size) const {
  if (!high_)
    return {};
  if (!simdjson::validate_utf8(item, size))
    return bad_encoding("octets that are not UTF-8");
  return has_noncharacter({item, size}) ? not_well_formed("a character that XML forbids") : fault{};
}

step item_scanner::fail(const fault& why) {
  why_ = why;
  return step::failed;
}

step item_scanner::scan_child(mark_window& octets) {
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
      if (open_.empty()) {
        kind_ = kind::stream_end;
        return take_end_tag(octets, header_name_);
      }
      result = take_end_tag(octets, {item + open_.back().name_begin, open_.back().name_length});
      if (result != step::done)
        return result;
      if (open_.size() == 1)
        return step::done;
      namespaces_.drop_to(open_.back().outer);
      open_.pop_back();
      break;
    case '!':
      result = open_cdata(item, size);
      break;
    case '?':
      return fail(restricted("a processing instruction"));
    default:
      result = take_start_tag(octets);
      if (result == step::done && open_.empty())
        return result;
    }
    if (result != step::done)
      return result;
  }
}

step item_scanner::take_start_tag(mark_window& octets) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  if (search_ && !find_tag_end(item, size))
    return step::incomplete;
  fault why;
  const step result = parse_start_tag(octets, pos_, limits_.attributes, syntax_, why);
  if (result != step::done) {
    if (!find_tag_end(item, size))
      return step::incomplete;
    return fail(why);
  }
  search_ = 0;
  quote_ = 0;
  if (const fault broken = enter_element(item))
    return fail(broken);
  pos_ = syntax_.end;
  return step::done;
}

fault item_scanner::enter_element(const char* item) {
  if (++elements_ > limits_.elements)
    return over_limit(passage_obstacle::too_many_elements);
  if (kind_ != kind::header && open_.size() >= limits_.depth)
    return over_limit(passage_obstacle::too_deep);
  const namespace_scopes::mark outer = namespaces_.top();
  if (syntax_.prefixed || syntax_.default_declaration) {
    const auto used = [this](namespace_scopes::index binding) { note_use(binding); };
    if (const fault why = namespaces_.enter(item, syntax_, limits_.prefixes, used))
      return why;
    if (namespaces_.odd() && kind_ != kind::header)
      note(passage_obstacle::odd_namespace);
  }
  if (kind_ != kind::header)
    note_obstacle();
  if (open_.empty())
    note_root(item);
  if (kind_ == kind::header)
    note_header(item);
  else if (!syntax_.empty)
    open_.push_back({syntax_.name.begin, syntax_.name.end - syntax_.name.begin, outer});
  else if (!open_.empty())
    namespaces_.drop_to(outer);
  return {};
}

void item_scanner::note_use(namespace_scopes::index binding) {
  if (kind_ == kind::header || binding == 0 || binding >= header_mark_.bindings)
    return;
  tag_.header_prefixes |= uint64_t{1} << std::min<uint32_t>(binding - 1, 63);
  if (namespaces_.odd(binding))
    note(passage_obstacle::odd_namespace);
}

void item_scanner::note(passage_obstacle obstacle) {
  if (tag_.obstacle == passage_obstacle::none)
    tag_.obstacle = obstacle;
}

void item_scanner::note_obstacle() {
  if (syntax_.new_names)
    note(passage_obstacle::new_names);
  if (open_.empty() && !syntax_.default_declaration && header_default_odd_)
    note(passage_obstacle::odd_namespace);
  const bool many_prefixes = namespaces_.size() + gained_prefixes > limits_.prefixes + size_t{1};
  const bool many_attributes =
    open_.empty()
    && syntax_.attributes.size() + gained_attributes + header_mark_.bindings > limits_.attributes;
  if (many_prefixes || many_attributes)
    note(passage_obstacle::crowded);
}

void item_scanner::note_root(const char* item) {
  const qualified_name& name = syntax_.name;
  tag_.name = span_of(name.colon ? name.colon + 1 : name.begin, name.end);
  if (name.colon)
    tag_.prefix = span_of(name.begin, name.colon);
  tag_.end = syntax_.end;
  tag_.empty = syntax_.empty;
  for (const attribute& seen : syntax_.attributes) {
    const span32 value = span_of(seen.value_begin, seen.value_end);
    tag_.references |= seen.references;
    switch (seen.name.end - seen.name.begin) {
    case 2:
      if (seen.name.is(item, "to"))
        tag_.to = value;
      else if (seen.name.is(item, "id"))
        tag_.id = value;
      break;
    case 4:
      if (seen.name.is(item, "from"))
        tag_.from = value;
      else if (seen.name.is(item, "type"))
        tag_.type = value;
      break;
    case 5:
      if (seen.name.is(item, "xmlns"))
        tag_.xmlns = value;
      break;
    case 8:
      if (seen.name.is(item, "xml:lang"))
        tag_.lang = value;
      break;
    default:
      break;
    }
  }
  root_default_.clear();
  if (tag_.xmlns)
    append_attribute_value(root_default_, tag_.xmlns.of({item, tag_.end}));
  if (name.colon)
    root_binding_ = namespaces_.find(name.prefix(item));
  tag_.inherits_namespace =
    kind_ != kind::header
    && (name.colon ? root_binding_ != 0 && root_binding_ < header_mark_.bindings : !tag_.xmlns);
  tag_.declares_prefix =
    kind_ != kind::header && namespaces_.top().bindings > header_mark_.bindings;
}

std::string_view item_scanner::namespace_uri() const {
  if (root_binding_ != namespace_scopes::none)
    return namespaces_.uri(root_binding_);
  return tag_.xmlns ? root_default_ : header_default_;
}

step item_scanner::take_end_tag(mark_window& octets, std::string_view name) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  // Nearly all end tags are just `</name>`.
  const size_t plain = name.size() + 3;
  if (size - pos_ >= plain && item[pos_ + plain - 1] == '>'
      && std::memcmp(item + pos_ + 2, name.data(), name.size()) == 0) {
    search_ = 0;
    pos_ += plain;
    return step::done;
  }
  return take_any_end_tag(octets, name);
}

/// @param name the name that the tag must have; empty: any name.
step item_scanner::take_any_end_tag(mark_window& octets, std::string_view name) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  if (!find_angle(item, size, pos_ + 2))
    return step::incomplete;
  const size_t end = search_;
  qualified_name found;
  fault why;
  if (parse_name(octets, pos_ + 2, found, why) != step::done)
    return fail(why ? why : not_well_formed("a malformed end tag"));
  if (!name.empty() && found.whole(item) != name)
    return fail(not_well_formed("an end tag that does not match"));
  if (item[end] != '>' || !std::all_of(item + found.end, item + end, is_space))
    return fail(not_well_formed("a malformed end tag"));
  search_ = 0;
  pos_ = end + 1;
  return step::done;
}

/// Searches the end of the start tag at `pos_`: a `>` outside quotes, or an octet that is not
/// allowed in a start tag and ends it too.
/// @returns whether the end has arrived.
bool item_scanner::find_tag_end(const char* item, size_t size) {
  size_t i = std::max(search_, pos_ + 1);
  for (; i < size; ++i) {
    const char c = item[i];
    if (c == '<' || is_forbidden_control(c) || (c == '>' && !quote_))
      break;
    if (quote_ ? c == quote_ : c == '"' || c == '\'')
      quote_ ^= c;
  }
  search_ = i;
  return i < size;
}

/// Searches the end of a tag without attributes: moves `search_` to the `>`, or to an octet that is
/// not allowed in the tag.
/// @returns whether the end has arrived.
bool item_scanner::find_angle(const char* item, size_t size, size_t from) {
  size_t i = std::max(search_, from);
  while (i < size && item[i] != '<' && item[i] != '>' && !is_forbidden_control(item[i]))
    ++i;
  search_ = i;
  return i < size;
}

} // namespace fedhub::xml
