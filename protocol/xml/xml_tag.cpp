#include "protocol/xml/xml_tag.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/text/xml_chars.hpp"
#include "protocol/text/xml_reference.hpp"
#include "protocol/xml/xml_old_names.hpp"
#include "protocol/xml/xml_reference_check.hpp"

namespace fedhub::xml {

namespace {

/// Checks a name that has more than one colon or octets beyond ASCII.
step check_unusual_name(const char* p, const char* end, bool cut_off, bool& new_names, fault& why) {
  bool at_start = true;
  bool colon_seen = false;
  while (p != end) {
    if (*p == ':') {
      if (at_start || colon_seen) {
        why = not_well_formed("misplaced ':' in a name");
        return step::failed;
      }
      colon_seen = at_start = true;
      ++p;
      continue;
    }
    const code_point c = decode_utf8(p, end);
    if (c.truncated && cut_off)
      return step::incomplete;
    if (c.length == 0) {
      why = bad_encoding("a name is not UTF-8");
      return step::failed;
    }
    if (!(at_start ? is_name_start(c.value) : is_name_char(c.value))) {
      why = not_well_formed("a character that is not allowed in a name");
      return step::failed;
    }
    if (c.value >= 0x80 && !(at_start ? is_old_name_start(c.value) : is_old_name_char(c.value)))
      new_names = true;
    at_start = false;
    p += c.length;
  }
  return step::done;
}

/// A run of octets that may form a qualified name: ASCII name characters, colons and octets beyond
/// ASCII. It is not checked yet whether they do.
struct name_run {
  const char* end = nullptr;
  const char* colon = nullptr; ///< the first one.
  bool plain = true;           ///< at most one colon and no octet beyond ASCII.
};

name_run find_run(const char* p, const char* end) {
  name_run run;
  for (; p != end; ++p) {
    const char c = *p;
    if (c == ':') {
      if (run.colon)
        run.plain = false;
      else
        run.colon = p;
    } else if (!is_ascii(c)) {
      run.plain = false;
    } else if (!is_ascii_name_char(c)) {
      break;
    }
  }
  run.end = p;
  return run;
}

/// Parses a name of any form, and reports its fault.
step take_any_name(mark_window& octets, size_t begin, qualified_name& out, bool& new_names,
                   fault& why) {
  const char* const item = octets.item();
  const char* const end = item + octets.size();
  const char* const p = item + begin;
  if (p == end)
    return step::incomplete;
  const name_run run = find_run(p, end);
  if (!run.plain) {
    octets.note_high();
    if (const step result = check_unusual_name(p, run.end, run.end == end, new_names, why);
        result != step::done)
      return result;
  } else if (!is_ascii_name_start(*p)) {
    why = not_well_formed("a name was expected");
    return step::failed;
  }
  if (run.colon) {
    if (run.colon + 1 == end)
      return step::incomplete;
    if (run.colon + 1 == run.end
        || (is_ascii(run.colon[1]) && !is_ascii_name_start(run.colon[1]))) {
      why = not_well_formed("misplaced ':' in a name");
      return step::failed;
    }
    out.colon = static_cast<uint32_t>(run.colon - item);
  } else {
    out.colon = 0;
  }
  if (run.end == end)
    return step::incomplete;
  out.begin = static_cast<uint32_t>(begin);
  out.end = static_cast<uint32_t>(run.end - item);
  return step::done;
}

/// Parses a name of the usual form: complete, in ASCII, not long, and followed by an octet that may
/// follow a name.
/// @returns false for any other name, or none.
inline bool take_usual_name(mark_window& octets, size_t begin, qualified_name& out) {
  const char* const item = octets.item();
  if (begin == octets.size() || !is_ascii_name_start(item[begin]))
    return false;
  size_t end = octets.find_name_end(begin);
  out.colon = 0;
  if (end != octets.size() && item[end] == ':') {
    out.colon = static_cast<uint32_t>(end);
    const size_t local = end + 1;
    if (local == octets.size() || !is_ascii_name_start(item[local]))
      return false;
    end = octets.find_name_end(local);
  }
  if (end == octets.size() || !may_follow_name(item[end]))
    return false;
  out.begin = static_cast<uint32_t>(begin);
  out.end = static_cast<uint32_t>(end);
  return true;
}

inline step take_name(mark_window& octets, size_t begin, qualified_name& out, bool& new_names,
                      fault& why) {
  if (take_usual_name(octets, begin, out)) [[likely]]
    return step::done;
  return take_any_name(octets, begin, out, new_names, why);
}

step fail(fault& why, const char* reason) {
  why = not_well_formed(reason);
  return step::failed;
}

/// Finds the closing quote of the value at `p`, the position after the opening quote.
inline step find_value_end(mark_window& octets, size_t& p, char quote, bool& references,
                           fault& why) {
  const char* const item = octets.item();
  for (;;) {
    p = octets.find_in_value(p);
    if (p == octets.size())
      return step::incomplete;
    const char c = item[p];
    if (c == quote) [[likely]]
      return step::done;
    if (c == '\'' || c == '"') {
      ++p;
      continue;
    }
    if (c != '&')
      return fail(why, c == '<' ? "'<' in an attribute value" : "a control character");
    references = true;
    if (octets.size() - p >= entity_reference_room && is_entity_reference(item + p)) [[likely]] {
      ++p; // no octet of the reference has a mark
      continue;
    }
    const char* const inside = item + p + 1;
    const char* const end = find_reference_end(inside, item + octets.size());
    p = static_cast<size_t>(end - item);
    if (p == octets.size())
      return step::incomplete;
    why = check_reference({inside, end}, *end == ';');
    if (why)
      return step::failed;
  }
}

/// Hashes attribute names into 64 bits, so that most tags need no comparison to exclude duplicates.
class name_filter {
public:
  void add(const char* item, const qualified_name& name) {
    uint16_t first_two; // another octet follows a name of one character
    std::memcpy(&first_two, item + name.begin, sizeof first_two);
    const unsigned hash = first_two * 0x9E3779B1u >> 24;
    const uint64_t bit = uint64_t{1} << ((hash + (name.end - name.begin)) & 63);
    suspicious_ |= seen_ & bit;
    seen_ |= bit;
  }
  bool suspicious() const { return suspicious_ != 0; }

private:
  uint64_t seen_ = 0;
  uint64_t suspicious_ = 0;
};

bool all_different(const char* item, tag_syntax& tag) {
  const auto name = [item](const attribute& a) { return a.name.whole(item); };
  if (tag.attributes.size() > 16) { // limits the work that a peer can cause
    tag.scratch = tag.attributes;
    std::ranges::sort(tag.scratch, {}, name);
    return std::ranges::adjacent_find(tag.scratch, {}, name) == tag.scratch.end();
  }
  for (size_t i = 1; i < tag.attributes.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (name(tag.attributes[i]) == name(tag.attributes[k]))
        return false;
  return true;
}

inline size_t skip_space(const mark_window& octets, size_t p) {
  const char* const item = octets.item();
  while (p != octets.size() && static_cast<unsigned char>(item[p]) <= ' ' && is_space(item[p]))
    ++p;
  return p;
}

/// Parses `= 'value'` at `p`, and moves `p` after it.
inline step take_value(mark_window& octets, size_t& p, attribute& out, fault& why) {
  const char* const item = octets.item();
  if (item[p] != '=') { // an octet always follows a finished name
    p = skip_space(octets, p);
    if (p == octets.size())
      return step::incomplete;
    if (item[p] != '=')
      return fail(why, "an attribute without '='");
  }
  p = skip_space(octets, p + 1);
  if (p == octets.size())
    return step::incomplete;
  const char quote = item[p];
  if (quote != '\'' && quote != '"')
    return fail(why, "an attribute value without quotes");
  ++p;
  out.value_begin = static_cast<uint32_t>(p);
  if (const step result = find_value_end(octets, p, quote, out.references, why);
      result != step::done)
    return result;
  out.value_end = static_cast<uint32_t>(p);
  ++p;
  return step::done;
}

/// Handles the latest attribute, which exceeds the number that is collected.
fault take_beyond(tag_syntax& out, const attribute_visitor* beyond) {
  if (beyond == nullptr)
    return over_limit(passage_obstacle::too_many_attributes);
  const attribute latest = out.attributes.back();
  out.attributes.pop_back();
  return *beyond ? (*beyond)(latest) : fault{};
}

} // namespace

step parse_name(mark_window& octets, size_t begin, qualified_name& out, fault& why) {
  bool new_names = false;
  return take_any_name(octets, begin, out, new_names, why);
}

step parse_start_tag(mark_window& octets, size_t begin, size_t max_attributes, tag_syntax& out,
                     fault& why, const attribute_visitor* beyond) {
  const char* const item = octets.item();
  out.attributes.clear();
  out.empty = false;
  out.new_names = false;
  out.default_declaration = 0;
  if (const step result = take_name(octets, begin + 1, out.name, out.new_names, why);
      result != step::done)
    return result;
  out.prefixed = out.name.colon != 0;
  size_t p = out.name.end;
  name_filter filter;
  for (;;) {
    const size_t before = p;
    p = skip_space(octets, p);
    if (p == octets.size())
      return step::incomplete;
    if (item[p] == '>')
      break;
    if (item[p] == '/') {
      if (++p == octets.size())
        return step::incomplete;
      if (item[p] != '>')
        return fail(why, "'/' inside a tag");
      out.empty = true;
      break;
    }
    if (p == before)
      return fail(why, "no white space before an attribute");
    attribute& latest = out.attributes.emplace_back();
    if (const step result = take_name(octets, p, latest.name, out.new_names, why);
        result != step::done)
      return result;
    p = latest.name.end;
    if (const step result = take_value(octets, p, latest, why); result != step::done)
      return result;
    if (out.attributes.size() > max_attributes) {
      if (why = take_beyond(out, beyond); why)
        return step::failed;
      continue;
    }
    filter.add(item, latest.name);
    if (latest.name.colon)
      out.prefixed = true;
    else if (latest.name.is(item, "xmlns"))
      out.default_declaration = static_cast<uint32_t>(out.attributes.size());
  }
  out.end = static_cast<uint32_t>(p + 1);
  if (filter.suspicious() && !all_different(item, out))
    return fail(why, "a duplicate attribute");
  return step::done;
}

} // namespace fedhub::xml
